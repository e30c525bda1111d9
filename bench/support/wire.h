// What the native clients of the benchmarks share: queries as bytes, and clocks.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The attackers have other machines: what they need of this core must not delay the good clients' packets. */
#define BE_POLITE() ((void)!nice(19))

static void sleep_until(int64_t at) {
  struct timespec time = {at / 1000000000LL, at % 1000000000LL};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* Writes a query with RD and an OPT of 1232 bytes; returns its length. `name` has no final dot, at most 200 bytes. */
static int write_query(unsigned char *out, const char *name, int type) {
  static const unsigned char head[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const unsigned char opt[11] = {0, 0, 41, 4, 208};
  memcpy(out, head, sizeof head);
  int at = 12;
  while (*name != 0) {
    int length = strcspn(name, ".");
    out[at++] = length;
    memcpy(out + at, name, length);
    at += length;
    name += length + (name[length] == '.');
  }
  unsigned char end[5] = {0, type >> 8, type, 0, 1};
  memcpy(out + at, end, sizeof end);
  memcpy(out + at + 5, opt, sizeof opt);
  return at + 16;
}
