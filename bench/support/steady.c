// A client that asks at a constant rate, whatever the server does, and measures the time from each query to the arrival of
// its reply at the socket, by the kernel's clock: so other work on the client's core does not count as the server's.
//
//   steady PORT RATE SECONDS FILE     RATE queries per second; 0: as many as 400 outstanding queries allow
//
// FILE has lines "name type". Prints "sent answered failed p50 p99 p99.9", the last three in microseconds; failed are
// replies with another rcode than NOERROR and NXDOMAIN.
#include "wire.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#define SOCKETS 16
#define BATCH 64
#define SIZE 512
#define WINDOW 400
#define TICK_NS 200000
#define GRACE_NS 2000000000LL
/* Buckets of one microsecond; the last one has all that took longer. */
#define BUCKETS 5000000

struct query {
  uint16_t length;
  unsigned char bytes[250];
};

static struct query *queries;
static int count;
static int fds[SOCKETS];
static uint16_t ids[SOCKETS];
/* When the query was sent, by socket and id; 0: none is outstanding. */
static int64_t sent_at[SOCKETS][65536];
static int buckets[BUCKETS];
static int64_t sent, answered, failed, outstanding;

static int type_of(const char *text) {
  static const struct { const char *name; int type; } types[] = {
      {"A", 1}, {"NS", 2}, {"SOA", 6}, {"PTR", 12}, {"TXT", 16}, {"AAAA", 28}, {"SRV", 33}, {"ANY", 255}};
  for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(text, types[i].name) == 0) return types[i].type;
  return 1;
}

static void load(const char *path) {
  FILE *file = fopen(path, "r");
  char name[256], type[16];
  int room = 0;
  while (file != NULL && fscanf(file, "%199s %15s", name, type) == 2) {
    if (count == room) queries = realloc(queries, (room = 2 * room + 1024) * sizeof *queries);
    queries[count].length = write_query(queries[count].bytes, name, type_of(type));
    count++;
  }
  if (count == 0) exit(2);
}

static void open_sockets(int port) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int size = 4 << 20, on = 1;
  for (int i = 0; i < SOCKETS; i++) {
    fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fds[i], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (connect(fds[i], (struct sockaddr *)&server, sizeof server) != 0) exit(1);
  }
}

static void ask(int64_t wanted) {
  static int at, next;
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH][2];
  static unsigned char heads[BATCH][2];
  while (wanted > 0) {
    int socket = next++ % SOCKETS, batch = wanted < 16 ? wanted : 16;
    int64_t now = clock_ns(CLOCK_REALTIME);
    for (int i = 0; i < batch; i++) {
      struct query *query = &queries[at++ % count];
      uint16_t id = ids[socket]++;
      heads[i][0] = id >> 8;
      heads[i][1] = id;
      parts[i][0] = (struct iovec){heads[i], 2};
      parts[i][1] = (struct iovec){query->bytes + 2, query->length - 2};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = parts[i], .msg_iovlen = 2};
      if (sent_at[socket][id] == 0) outstanding++;
      sent_at[socket][id] = now;
    }
    sendmmsg(fds[socket], messages, batch, 0);
    sent += batch;
    wanted -= batch;
  }
}

static void count_reply(int socket, const unsigned char *bytes, int length, int64_t arrived) {
  if (length < 12) return;
  int64_t *start = &sent_at[socket][bytes[0] << 8 | bytes[1]];
  if (*start == 0) return;
  int64_t us = (arrived - *start) / 1000;
  *start = 0;
  outstanding--;
  int rcode = bytes[3] & 15;
  if (rcode != 0 && rcode != 3) {
    failed++;
    return;
  }
  answered++;
  buckets[us < 0 ? 0 : us >= BUCKETS ? BUCKETS - 1 : us]++;
}

static void receive(void) {
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH];
  static unsigned char bytes[BATCH][SIZE];
  static unsigned char controls[BATCH][64];
  for (int socket = 0; socket < SOCKETS; socket++) {
    for (;;) {
      for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){bytes[i], SIZE};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = controls[i], .msg_controllen = 64};
      }
      int received = recvmmsg(fds[socket], messages, BATCH, MSG_DONTWAIT, NULL);
      for (int i = 0; i < received; i++) {
        struct cmsghdr *control = CMSG_FIRSTHDR(&messages[i].msg_hdr);
        if (control == NULL) continue;
        struct timespec at;
        memcpy(&at, CMSG_DATA(control), sizeof at);
        int64_t arrived = at.tv_sec * 1000000000LL + at.tv_nsec;
        count_reply(socket, bytes[i], messages[i].msg_len, arrived);
      }
      if (received < BATCH) break;
    }
  }
}

static int quantile(double share) {
  int64_t wanted = share * answered, seen = 0;
  for (int i = 0; i < BUCKETS; i++)
    if ((seen += buckets[i]) > wanted) return i;
  return BUCKETS - 1;
}

/* Without a rate: asks as soon as fewer than WINDOW queries are outstanding; those older than a second are lost. */
static void saturate(int64_t end) {
  int64_t progress = 0, last = 0;
  for (int64_t now = clock_ns(CLOCK_MONOTONIC); now < end; now = clock_ns(CLOCK_MONOTONIC)) {
    if (answered + failed != last || progress == 0) progress = now;
    last = answered + failed;
    if (now - progress > 100000000LL) {
      memset(sent_at, 0, sizeof sent_at);
      outstanding = 0;
    }
    if (outstanding < WINDOW) ask(WINDOW - outstanding);
    struct pollfd watched[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) watched[i] = (struct pollfd){fds[i], POLLIN, 0};
    poll(watched, SOCKETS, 1);
    receive();
  }
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  double rate = atof(argv[2]);
  int64_t length = atof(argv[3]) * 1e9;
  load(argv[4]);
  open_sockets(atoi(argv[1]));
  /* Before all else on this core, so that the rate is constant beside a flood. Needs privileges; without them it is less exact. */
  struct sched_param priority = {.sched_priority = 10};
  if (rate > 0) sched_setscheduler(0, SCHED_FIFO, &priority);
  int64_t start = clock_ns(CLOCK_MONOTONIC), end = start + length;
  if (rate == 0) saturate(end);
  for (int64_t tick = start; rate > 0 && tick < end; tick += TICK_NS) {
    sleep_until(tick);
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    ask((int64_t)((now - start) * rate / 1e9) - sent);
    receive();
  }
  int64_t grace = clock_ns(CLOCK_MONOTONIC) + (rate > 0 ? GRACE_NS : 0);
  while (outstanding > 0 && clock_ns(CLOCK_MONOTONIC) < grace) {
    sleep_until(clock_ns(CLOCK_MONOTONIC) + TICK_NS);
    receive();
  }
  printf("%lld %lld %lld %d %d %d\n", (long long)sent, (long long)answered, (long long)failed, quantile(0.5),
         quantile(0.99), quantile(0.999));
  return 0;
}
