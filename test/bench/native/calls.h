/*
 * Calls of programs: how they are written down, and how one is started.
 *
 * A chain of calls is: u32 count, then for each call u32 argc, u32 envc, u32 stdin length, the argc + envc strings each with
 * its NUL, and the stdin bytes. Numbers are in the machine's own order: writer and reader are one machine.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct call {
  char **argv;
  char **envp;
  const char *input;
  size_t input_length;
};

struct chain {
  uint32_t count;
  struct call *calls;
};

struct reader {
  const char *at;
  const char *end;
};

/* A program under way; `output` is the end of its stdout that we read. */
struct child {
  pid_t pid;
  int output;
};

void die(const char *what) __attribute__((noreturn));
void *allocate(size_t count, size_t size);
uint32_t read_number(struct reader *reader);
struct chain read_chain(struct reader *reader);

/*
 * Starts a call by vfork. Its stdin is a pipe that holds all of the input already, so there is nobody to be waited for; input
 * and output must each fit into a pipe (64 KiB). stderr is ours.
 */
struct child start(const struct call *call);

/* What is in the pipe until its end, at most `size` bytes; closes it. */
size_t drain(int output, char *into, size_t size);

#endif
