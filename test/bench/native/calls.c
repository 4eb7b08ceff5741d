/* See calls.h. */
#define _GNU_SOURCE
#include "calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void die(const char *what) {
  perror(what);
  exit(125);
}

void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) die("calloc");
  return memory;
}

static const char *take(struct reader *reader, size_t length) {
  if ((size_t)(reader->end - reader->at) < length) {
    fputs("the calls are cut short\n", stderr);
    exit(125);
  }
  const char *taken = reader->at;
  reader->at += length;
  return taken;
}

uint32_t read_number(struct reader *reader) {
  uint32_t number;
  memcpy(&number, take(reader, sizeof number), sizeof number);
  return number;
}

static char **read_strings(struct reader *reader, uint32_t count) {
  char **strings = allocate((size_t)count + 1, sizeof *strings);
  for (uint32_t i = 0; i < count; i++) {
    size_t length = strnlen(reader->at, (size_t)(reader->end - reader->at)) + 1;
    strings[i] = (char *)take(reader, length);
  }
  return strings;
}

struct chain read_chain(struct reader *reader) {
  struct chain chain = {.count = read_number(reader)};
  chain.calls = allocate(chain.count, sizeof *chain.calls);
  for (uint32_t i = 0; i < chain.count; i++) {
    struct call *call = &chain.calls[i];
    uint32_t argc = read_number(reader), envc = read_number(reader);
    call->input_length = read_number(reader);
    call->argv = read_strings(reader, argc);
    call->envp = read_strings(reader, envc);
    call->input = take(reader, call->input_length);
  }
  return chain;
}

static int filled_pipe(const struct call *call) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) die("pipe");
  if (write(ends[1], call->input, call->input_length) != (ssize_t)call->input_length) die("stdin of a call");
  close(ends[1]);
  return ends[0];
}

struct child start(const struct call *call) {
  int input = filled_pipe(call), output[2];
  if (pipe2(output, O_CLOEXEC)) die("pipe");
  pid_t pid = vfork();
  if (pid < 0) die("vfork");
  if (pid == 0) {
    dup2(input, 0);
    dup2(output[1], 1);
    execve(call->argv[0], call->argv, call->envp);
    _exit(127);
  }
  close(input);
  close(output[1]);
  return (struct child){.pid = pid, .output = output[0]};
}

size_t drain(int output, char *into, size_t size) {
  size_t length = 0;
  ssize_t got;
  while ((got = read(output, into + length, size - length)) > 0) length += (size_t)got;
  close(output);
  return length;
}
