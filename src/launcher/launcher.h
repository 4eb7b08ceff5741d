/* What the pages of the launcher share, those that build on nothing else first. */
#ifndef BRAID_LAUNCHER_H
#define BRAID_LAUNCHER_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- frames.c: docs/frames.md in C --- */

enum frame { HELLO = 1, REQUEST, EXEC, EXITED, KILL, SIGNAL, LOG, DONE };
enum end { END_EXITED, END_SIGNALED, END_TIMED_OUT, END_OVERFLOWED, END_NOT_STARTED, END_STOPPED };
enum { FRAMES_VERSION = 1, DEFAULT_SILENCE_MS = 90000, MAX_SILENCE_MS = 600000 };
enum { MAX_VERSION = 16, MAX_PATH = 4095, MAX_VARIABLES = 64 };
enum { MAX_BLOCK = 1 << 20, MAX_CONTENT = 8 << 20, MAX_LOG = 64 << 10, MAX_STDERR = 16 << 10 };

/* Starts as {0}. Without memory the program fails. */
struct buffer {
	char *at;
	size_t length, capacity;
};

/* Where `more` bytes have room behind the content. */
char *reserve(struct buffer *buffer, size_t more);
void append(struct buffer *buffer, const void *bytes, size_t length);

/* A frame to be sent: begun, then a field after the other. `send_frame` is false when the peer has not taken it in time. */
struct buffer begin_frame(enum frame type);
void add_number(struct buffer *frame, uint32_t number);
void add_bytes(struct buffer *frame, const void *bytes, size_t length);
bool send_frame(int socket, struct buffer *frame);

/* A frame of the agent. The fields point into `body`, which whoever has the order frees. */
struct bytes {
	const char *at;
	size_t length;
};
struct order {
	enum frame type;
	char *body;
	uint32_t version, silence_ms;              /* HELLO; of another version only `version` */
	uint32_t id, deadline_ms, max_stdout;      /* EXEC; KILL: id */
	struct bytes cni_version, path, variables; /* EXEC */
	struct bytes content;                      /* stdin of EXEC, text of LOG, stdout of DONE */
	uint32_t exit_code;                        /* DONE */
};

/* Waits for the next one, as long as the socket's time-out allows. NULL, or what the agent does instead of sending it:
   between two frames it may just have closed the connection. */
extern const char agent_closed[];
const char *read_order(int socket, struct order *order);

/* --- environment.c --- */

/* Our variables for the agent; false when there are too many. */
bool request_block(struct buffer *block);
/* All of our variables with those of a valid block in their place, each name once. To be freed; points into the block. */
char **delegate_environment(struct bytes block);
/* True for a file directly in a folder of CNI_PATH, the folder spelled as it is there. */
bool is_in_cni_path(struct bytes path);
/* What CNI_NETNS leads to: 0 nothing, 1 something, 2 the namespace that we are in. */
uint32_t look_at_netns(void);

/* --- delegate.c: one child process at a time --- */

extern struct delegate {
	pid_t pid; /* 0: none runs */
	struct order order;
	int out, err;    /* our ends of its pipes, -1 when closed */
	int64_t next_at; /* its deadline; then the end of our patience with its death, or with its pipes */
} delegate;

/* Takes the order over. False when it does not start; `end_frame` tells why. */
bool start_delegate(const struct order *order);
/* Kills it and its process group, which is its end unless it had another. */
void cut_delegate(enum end end, uint32_t value);
/* What poll(2) found on its pipes is kept; stderr goes on to ours as well. */
void read_stdout(void);
void read_stderr(void);
/* After SIGCHLD. */
void notice_exit(void);
/* Acts on `next_at`. True when nothing more is to come. */
bool is_delegate_over(void);
/* EXITED, and it is forgotten. */
struct buffer end_frame(void);
/* Kills it and sees it dead, if it can die. */
void bury_delegate(void);

/* --- session.c --- */

/* A connection to an agent of root or of our own user; or -1 and why, which is "" when there is just no agent. */
int connect_agent(const char **why);
/* Serves the call by the agent's orders, prints its answer, and returns its exit status; does not return without one. */
int converse(int socket);

/* --- outcome.c: streams, signals, and the ends without the agent --- */

/* The call that is served: `input` is what was read from stdin; `cni_version` is for errors. */
extern struct call {
	char **argv;
	const char *socket_path;
	struct buffer input;
	char cni_version[MAX_VERSION + 1];
} call;

enum code { CODE_IO = 5, CODE_CONFIG = 7, CODE_TRY_AGAIN = 11 };

int64_t now_us(void);
/* For poll(2). */
int ms_until(int64_t at);
/* Waits for a slow reader, for so long in all. False when not all could be written. */
bool write_all(int fd, const void *bytes, size_t length, int64_t patience_us);
/* To stdout; to stderr, where what nobody reads in time is dropped; to a file in memory that is then read as stdin. */
bool print(const void *bytes, size_t length);
void forward(const void *bytes, size_t length);
int open_input(const void *bytes, size_t length);
/* SIGPIPE and SIGCHLD, as this program needs them. */
void set_signals(void);
/* SIGTERM, SIGINT, SIGHUP and SIGCHLD come from the returned descriptor, until they are released. */
int hold_signals(void);
void release_signals(void);
/* Prints a CNI error and exits with 1; a delegate that runs is killed before. */
_Noreturn void fail(enum code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Becomes the standalone program, with our stdin and environment. `why` is for stderr; "": nothing to say. */
_Noreturn void run_standalone(const char *why);

#endif
