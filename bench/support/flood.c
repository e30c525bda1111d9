// An attacker at 127.0.0.9: sends packets to 127.0.0.1 at a constant rate and reads no reply.
//
//   flood KIND PORT RATE SECONDS
//
//   unique      names that no cache knows, below unique.net
//   absent      names that do not exist, below ns-1.svc.cluster.local
//   known       A of one of 1,000 Services, as a good client asks
//   any         ANY for one of 1,000 Services
//   garbage     0 to 511 random bytes
//   spoofed     as absent, each from another address of 127.0.0.0/8
//   fragments   queries in three IP fragments, of which every other one lacks the last; needs CAP_NET_RAW
//   syn         TCP handshakes that are never completed, from 10.77.0.0/16; needs CAP_NET_RAW
#include "wire.h"
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#define BATCH 32
#define TICK_NS 200000
#define SIZE 2048

static int port;
static uint64_t state = 88172645463325252ULL;
static uint64_t number;

static uint32_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state >> 16;
}

static int unique(unsigned char *out) {
  char name[100];
  snprintf(name, sizeof name, "f%llu.%llx.unique.net", (unsigned long long)number++, (unsigned long long)state);
  return write_query(out, name, 1);
}

static int absent(unsigned char *out) {
  char name[100];
  snprintf(name, sizeof name, "x%llu.ns-1.svc.cluster.local", (unsigned long long)number++);
  return write_query(out, name, 1);
}

static int service(unsigned char *out, int type) {
  char name[100];
  int service = number++ % 1000;
  snprintf(name, sizeof name, "app-%d.ns-%d.svc.cluster.local", service, service % 100);
  return write_query(out, name, type);
}

static int known(unsigned char *out) { return service(out, 1); }

static int any(unsigned char *out) { return service(out, 255); }

static int garbage(unsigned char *out) {
  int length = random_bits() % 512;
  for (int i = 0; i < length; i++) out[i] = random_bits();
  return length;
}

static int internet_sum(const unsigned char *bytes, int length, uint32_t sum) {
  for (int i = 0; i < length; i += 2) sum += bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

static void ip_header(unsigned char *out, int length, int protocol, uint32_t from, int id, int offset) {
  struct iphdr *ip = (struct iphdr *)out;
  *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = protocol};
  ip->tot_len = htons(length);
  ip->id = htons(id);
  ip->frag_off = htons(offset);
  ip->saddr = htonl(from);
  ip->daddr = htonl(INADDR_LOOPBACK);
}

/* One fragment of a query that is padded to 1,200 bytes (RFC 7830): 400 bytes of the UDP datagram. */
static int fragment(unsigned char *out) {
  static unsigned char datagram[1208];
  static int part, id;
  if (part == 0) {
    int length = absent(datagram + 8);
    memset(datagram + 8 + length, 0, 1200 - length);
    unsigned char *option = datagram + 8 + length - 2;
    int padding = 1200 - length - 4;
    unsigned char head[6] = {(padding + 4) >> 8, padding + 4, 0, 12, padding >> 8, padding};
    memcpy(option, head, sizeof head);
    unsigned char udp[8] = {0x30, 0x39, port >> 8, port, 1208 >> 8, 1208 & 255};
    memcpy(datagram, udp, sizeof udp);
    id++;
  }
  int from = 400 * part, length = part == 2 ? 408 : 400;
  /* Of an odd datagram, the first fragment is sent again in place of the last one. */
  if (part == 2 && id % 2) from = 0, length = 400;
  int more = from + length < 1208;
  ip_header(out, 20 + length, IPPROTO_UDP, 0x7f000009, id, from / 8 | (more ? 0x2000 : 0));
  memcpy(out + 20, datagram + from, length);
  part = (part + 1) % 3;
  return 20 + length;
}

static int syn(unsigned char *out) {
  uint32_t from = 0x0a4d0000 | (random_bits() & 0xffff), isn = random_bits();
  int source = 1024 + random_bits() % 60000;
  ip_header(out, 40, IPPROTO_TCP, from, 0, 0);
  unsigned char tcp[20] = {source >> 8, source, port >> 8, port, isn >> 24, isn >> 16, isn >> 8, isn};
  tcp[12] = 5 << 4;
  tcp[13] = 2;
  tcp[14] = 0xff;
  /* The pseudo header: both addresses, protocol and length. */
  uint32_t sum = (from >> 16) + (from & 0xffff) + 0x7f00 + 1 + 6 + 20;
  int check = internet_sum(tcp, 20, sum);
  tcp[16] = check >> 8;
  tcp[17] = check;
  memcpy(out + 20, tcp, 20);
  return 40;
}

static const struct kind {
  const char *name;
  int (*write)(unsigned char *out);
  int raw, spoofed;
} kinds[] = {{"unique", unique, 0, 0},   {"absent", absent, 0, 0},      {"known", known, 0, 0},
             {"any", any, 0, 0},         {"garbage", garbage, 0, 0},
             {"spoofed", absent, 0, 1}, {"fragments", fragment, 1, 0}, {"syn", syn, 1, 0}};

static void flood(int fd, const struct kind *kind, int64_t wanted) {
  static unsigned char bytes[BATCH][SIZE];
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH];
  static char controls[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(kind->raw ? 0 : port)};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  while (wanted > 0) {
    int batch = wanted < BATCH ? wanted : BATCH;
    for (int i = 0; i < batch; i++) {
      parts[i] = (struct iovec){bytes[i], kind->write(bytes[i])};
      if (!kind->raw && parts[i].iov_len > 2) bytes[i][1] = random_bits();
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &parts[i], .msg_iovlen = 1};
      if (!kind->spoofed) continue;
      messages[i].msg_hdr.msg_control = controls[i];
      messages[i].msg_hdr.msg_controllen = sizeof controls[i];
      struct cmsghdr *control = CMSG_FIRSTHDR(&messages[i].msg_hdr);
      *control = (struct cmsghdr){CMSG_LEN(sizeof(struct in_pktinfo)), IPPROTO_IP, IP_PKTINFO};
      struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(0x7f000000 | (random_bits() & 0xfffffe) | 0x100)};
      memcpy(CMSG_DATA(control), &info, sizeof info);
    }
    for (int at = 0; at < batch;) {
      int done = sendmmsg(fd, messages + at, batch - at, 0);
      at += done > 0 ? done : 1;
    }
    wanted -= batch;
  }
}

int main(int argc, char **argv) {
  const struct kind *kind = NULL;
  for (unsigned i = 0; argc == 5 && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(argv[1], kinds[i].name) == 0) kind = &kinds[i];
  if (kind == NULL) return 2;
  port = atoi(argv[2]);
  double rate = atof(argv[3]);
  state ^= clock_ns(CLOCK_REALTIME);
  int fd = kind->raw ? socket(AF_INET, SOCK_RAW, IPPROTO_RAW) : socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) {
    perror("flood");
    return 1;
  }
  struct sockaddr_in here = {.sin_family = AF_INET};
  here.sin_addr.s_addr = htonl(0x7f000009);
  if (!kind->raw && !kind->spoofed) bind(fd, (struct sockaddr *)&here, sizeof here);
  int small = 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  BE_POLITE();
  int64_t start = clock_ns(CLOCK_MONOTONIC), end = start + atof(argv[4]) * 1e9, sent = 0;
  for (int64_t tick = start; tick < end; tick += TICK_NS) {
    sleep_until(tick);
    int64_t now = clock_ns(CLOCK_MONOTONIC), wanted = (now - start) * rate / 1e9 - sent;
    flood(fd, kind, wanted);
    sent += wanted;
  }
  printf("%lld\n", (long long)sent);
  return 0;
}
