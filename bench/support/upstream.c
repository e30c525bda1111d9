// An upstream DNS server with minimal CPU cost for the benchmarks of forwarding. All names exist and have an A and an
// AAAA record of TTL 300; other types are NODATA; names that begin with "nx" are NXDOMAIN. Each reply is sent
// DELAY_US after its request, in order.
//
//   upstream PORT DELAY_US
//   upstream PORT silent      receives everything and sends nothing
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define SIZE 512
/* Replies that wait at once; further requests are dropped. */
#define WAITING 65536

struct reply {
  int64_t due;
  struct sockaddr_in peer;
  uint16_t length;
  unsigned char bytes[SIZE];
};

static struct reply *ring;
static uint64_t head, tail;
static unsigned char buffers[BATCH][SIZE];
static struct sockaddr_in peers[BATCH];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int put(unsigned char *out, int at, const void *bytes, int length) {
  memcpy(out + at, bytes, length);
  return at + length;
}

/* Writes the reply to a request of `length` bytes; 0 if it is no query. */
static int answer(const unsigned char *in, int length, unsigned char *out) {
  static const unsigned char soa[] = {0,    0, 6, 0, 1, 0, 0, 1, 44, 0, 24, 1, 'n', 0, 0, 0, 0,
                                      0, 1, 0, 0, 28, 32, 0, 0, 7, 8, 0, 1, 81, 128, 0, 0, 0, 60};
  static const unsigned char opt[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
  if (length < 17 || length > SIZE - 80 || (in[2] & 0x80)) return 0;
  int at = 12;
  uint32_t hash = 2166136261u;
  while (at < length && in[at] != 0) {
    int end = at + 1 + in[at];
    if (end >= length) return 0;
    for (; at < end; at++) hash = (hash ^ (in[at] | 0x20)) * 16777619u;
  }
  at += 5;
  if (at > length) return 0;
  int type = in[at - 4] << 8 | in[at - 3];
  int absent = in[12] >= 2 && in[13] == 'n' && in[14] == 'x';
  int found = !absent && (type == 1 || type == 28);
  memcpy(out, in, at);
  out[2] = 0x80 | (in[2] & 0x01);
  out[3] = 0x80 | (absent ? 3 : 0);
  memset(out + 4, 0, 8);
  out[5] = 1;
  out[7] = found;
  out[9] = !found;
  out[11] = in[11] != 0;
  int end = at;
  if (found) {
    unsigned char record[] = {0xc0, 12, 0, type, 0, 1, 0, 0, 1, 44, 0, type == 1 ? 4 : 16};
    unsigned char address[16] = {0x20, 1, 0x0d, 0xb8};
    memcpy(address + (type == 1 ? 0 : 12), &hash, 4);
    if (type == 1) address[0] = 198;
    end = put(out, end, record, sizeof record);
    end = put(out, end, address, record[11]);
  } else end = put(out, end, soa, sizeof soa);
  return in[11] ? put(out, end, opt, sizeof opt) : end;
}

/* Sends the replies that are due; returns the time to the next one in milliseconds, -1 for none. */
static int send_due(int fd) {
  for (;;) {
    int count = 0;
    int64_t now = now_us();
    while (count < BATCH && tail + count < head && ring[(tail + count) % WAITING].due <= now) {
      struct reply *reply = &ring[(tail + count) % WAITING];
      vectors[count] = (struct iovec){reply->bytes, reply->length};
      messages[count].msg_hdr = (struct msghdr){.msg_name = &reply->peer,
                                                .msg_namelen = sizeof reply->peer,
                                                .msg_iov = &vectors[count],
                                                .msg_iovlen = 1};
      count++;
    }
    if (count == 0) {
      if (tail == head) return -1;
      int64_t wait = ring[tail % WAITING].due - now;
      return wait < 1000 ? 1 : (int)(wait / 1000);
    }
    sendmmsg(fd, messages, count, 0);
    tail += count;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int silent = strcmp(argv[2], "silent") == 0;
  int64_t delay = atoll(argv[2]);
  int megabytes = 4 << 20;
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ring = calloc(WAITING, sizeof *ring);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (ring == NULL || fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0) {
    perror("upstream");
    return 1;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &megabytes, sizeof megabytes);
  printf("listening on %s\n", argv[1]);
  fflush(stdout);
  int wait = -1;
  for (;;) {
    struct pollfd watched = {fd, POLLIN, 0};
    poll(&watched, 1, wait);
    for (int i = 0; i < BATCH; i++) {
      vectors[i] = (struct iovec){buffers[i], SIZE};
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    int64_t due = now_us() + delay;
    for (int i = 0; i < count && !silent; i++) {
      if (head - tail == WAITING) break;
      struct reply *reply = &ring[head % WAITING];
      reply->length = answer(buffers[i], messages[i].msg_len, reply->bytes);
      if (reply->length == 0) continue;
      reply->peer = peers[i];
      reply->due = due;
      head++;
    }
    wait = send_due(fd);
  }
}
