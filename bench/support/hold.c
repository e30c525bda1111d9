// An attacker with many TCP connections to 127.0.0.1, from addresses of 127.1.0.0/16. It opens each one again that the server
// closes.
//
//   hold KIND PORT COUNT SECONDS
//
//   idle      connections that send nothing
//   write     connections that send a query byte by byte, two bytes a second
//   read      connections that send queries as fast as the server reads them, and read no reply
//
// Prints "open opened": connections at the end, and all that were opened.
#include "wire.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define ADDRESSES 256
#define ROUND_NS 500000000LL
/* Connections that are opened between two pauses of a millisecond, so that the server's backlog does not overflow. */
#define BURST 64
#define QUERIES 64

struct connection {
  int fd, written;
};

static unsigned char queries[QUERIES * 100];
static int query_length, length;

static int connect_from(int number, int port) {
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(port)};
  from.sin_addr.s_addr = htonl(0x7f010001 + number % ADDRESSES);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0 &&
      (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS))
    return fd;
  close(fd);
  return -1;
}

/* True if the server has closed the connection; nothing is read. */
static int is_closed(int fd) {
  char byte;
  ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == 0) return 1;
  return got < 0 && errno != EAGAIN && errno != ENOTCONN;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int kind = argv[1][0], port = atoi(argv[2]), count = atoi(argv[3]), opened = 0, open = 0;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  query_length = 2 + write_query(queries + 2, "app-0.ns-0.svc.cluster.local", 1);
  queries[1] = query_length - 2;
  for (length = query_length; length + query_length <= (int)sizeof queries; length += query_length)
    memcpy(queries + length, queries, query_length);
  struct connection *connections = calloc(count, sizeof *connections);
  for (int i = 0; i < count; i++) connections[i].fd = -1;
  BE_POLITE();
  int64_t start = clock_ns(CLOCK_MONOTONIC), end = start + atof(argv[4]) * 1e9;
  for (int64_t round = start; round < end; round += ROUND_NS) {
    sleep_until(round);
    open = 0;
    int burst = 0;
    for (int i = 0; i < count && clock_ns(CLOCK_MONOTONIC) < end; i++) {
      struct connection *one = &connections[i];
      if (one->fd >= 0 && is_closed(one->fd)) {
        close(one->fd);
        one->fd = -1;
      }
      if (one->fd < 0) {
        *one = (struct connection){connect_from(i, port), 0};
        opened += one->fd >= 0;
        if (++burst % BURST == 0) sleep_until(clock_ns(CLOCK_MONOTONIC) + 1000000);
      }
      open += one->fd >= 0;
      if (one->fd < 0 || kind == 'i') continue;
      if (kind == 'w') {
        /* Never the last byte. */
        if (one->written < query_length - 1) one->written += send(one->fd, queries + one->written, 1, MSG_NOSIGNAL) == 1;
        continue;
      }
      for (ssize_t sent = length; sent > 0;) {
        int at = one->written % length;
        sent = send(one->fd, queries + at, length - at, MSG_NOSIGNAL);
        if (sent > 0) one->written = (at + sent) % length;
      }
    }
  }
  printf("%d %d\n", open, opened);
  return 0;
}
