/*
 * The floor: what no plugin that runs these delegates can do without. Runs the calls of a file back to back.
 *
 *   floor FILE        stdout: what the last one said; exit status: that of the first that failed
 */
#include "calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct reader whole_file(const char *path) {
  struct stat found;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &found)) die(path);
  char *text = allocate((size_t)found.st_size + 1, 1);
  if (read(file, text, (size_t)found.st_size) != found.st_size) die(path);
  close(file);
  return (struct reader){.at = text, .end = text + found.st_size};
}

int main(int argc, char **argv) {
  static char output[65536];
  if (argc != 2) return 125;
  struct reader reader = whole_file(argv[1]);
  struct chain chain = read_chain(&reader);
  size_t length = 0;
  for (uint32_t i = 0; i < chain.count; i++) {
    int status;
    struct child child = start(&chain.calls[i]);
    length = drain(child.output, output, sizeof output);
    if (waitpid(child.pid, &status, 0) < 0) die("waitpid");
    if (status) return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
  }
  return write(1, output, length) == (ssize_t)length ? 0 : 125;
}
