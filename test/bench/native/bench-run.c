/*
 * The stop-watch: runs calls as it is told and says how long they took and what they used.
 *
 * stdin: one request after the other: u32 length, u32 number of chains, the chains (calls.h). The calls of a chain run back to
 * back, chains at once. stdout, for each: `wall_ns cpu_us max_rss_kib status length` and a line feed, then that many bytes:
 * what the last call, or the first that failed, printed. Starts by vfork from a small process, since a child's highest
 * resident size begins with that of the process which it was forked from.
 */
#define _GNU_SOURCE
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct lane {
  struct chain chain;
  uint32_t next;
  struct child child;
};

struct sample {
  long long wall_ns, cpu_us;
  long max_rss_kib;
  int status;
  char output[65536];
  size_t length;
};

static int read_all(void *into, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t got = read(0, (char *)into + at, length - at);
    if (got <= 0) return 0;
    at += (size_t)got;
  }
  return 1;
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static struct lane *lane_of(struct lane *lanes, uint32_t count, pid_t pid) {
  for (uint32_t i = 0; i < count; i++)
    if (lanes[i].child.pid == pid) return &lanes[i];
  fputs("an unknown child\n", stderr);
  exit(125);
}

static void note(struct sample *sample, struct child child, int status, const struct rusage *usage) {
  sample->cpu_us += microseconds(usage->ru_utime) + microseconds(usage->ru_stime);
  if (usage->ru_maxrss > sample->max_rss_kib) sample->max_rss_kib = usage->ru_maxrss;
  static char spare[65536];
  if (sample->status) {
    drain(child.output, spare, sizeof spare);
    return;
  }
  sample->length = drain(child.output, sample->output, sizeof sample->output);
  sample->status = WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

static void run(struct lane *lanes, uint32_t count, struct sample *sample) {
  uint32_t under_way = 0;
  long long started_ns = now_ns();
  for (uint32_t i = 0; i < count; i++) {
    lanes[i].child = start(&lanes[i].chain.calls[lanes[i].next++]);
    under_way++;
  }
  while (under_way > 0) {
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, 0, &usage);
    if (pid < 0) die("wait4");
    struct lane *lane = lane_of(lanes, count, pid);
    struct child ended = lane->child;
    lane->child.pid = 0;
    under_way--;
    if (!status && lane->next < lane->chain.count) {
      lane->child = start(&lane->chain.calls[lane->next++]);
      under_way++;
    }
    note(sample, ended, status, &usage);
  }
  sample->wall_ns = now_ns() - started_ns;
}

static void answer(const struct sample *sample) {
  printf("%lld %lld %ld %d %zu\n", sample->wall_ns, sample->cpu_us, sample->max_rss_kib, sample->status, sample->length);
  fwrite(sample->output, 1, sample->length, stdout);
  fflush(stdout);
}

static void release(struct lane *lanes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < lanes[i].chain.count; k++) {
      free(lanes[i].chain.calls[k].argv);
      free(lanes[i].chain.calls[k].envp);
    }
    free(lanes[i].chain.calls);
  }
  free(lanes);
}

int main(void) {
  uint32_t length;
  static struct sample sample;
  while (read_all(&length, sizeof length)) {
    char *request = allocate(length, 1);
    if (!read_all(request, length)) return 125;
    struct reader reader = {.at = request, .end = request + length};
    uint32_t count = read_number(&reader);
    struct lane *lanes = allocate(count, sizeof *lanes);
    for (uint32_t i = 0; i < count; i++) lanes[i].chain = read_chain(&reader);
    sample.wall_ns = sample.cpu_us = sample.max_rss_kib = sample.status = 0;
    run(lanes, count, &sample);
    answer(&sample);
    release(lanes, count);
    free(request);
  }
  return 0;
}
