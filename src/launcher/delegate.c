#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* not in every libc's headers */
#endif
#define DRAIN_US 50000   /* for a pipe that outlives its delegate */
#define DEATH_US 5000000 /* for a killed delegate: one that sleeps in the kernel may not die at all */

struct delegate delegate = {.out = -1, .err = -1};

static int64_t started_at;
static struct buffer kept_out, kept_err;
static bool is_cut, has_exited;
static enum end how_ended;
static uint32_t end_value; /* status, signal, ms, bytes or errno, as `how_ended` says */

struct birth {
	const char *path;
	char **environment;
	int streams[3];
	pid_t parent;
	int error;
};

/* Runs in our memory, and we stand still, until it is another program: forking would copy what that throws away. */
static int become(void *argument)
{
	struct birth *birth = argument;
	sigset_t none;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A parent that was killed before that cannot take us along any more. */
	if (getppid() != birth->parent)
		_exit(127);
	/* Only being ignored survives an execve(2), and that happens to these. */
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int descriptor = 0; descriptor < 3; descriptor++)
		dup2(birth->streams[descriptor], descriptor);
	/* What our caller left open is not the delegate's; a kernel before 5.9 does not know the call. */
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(birth->path, (char *[]){(char *)birth->path, NULL}, birth->environment);
	birth->error = errno;
	_exit(127);
}

static void shut(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* 0 or an errno. */
static int give_birth(const char *path)
{
	static _Alignas(16) char stack[64 << 10];
	const struct bytes input = delegate.order.content;
	int out[2] = {-1, -1}, err[2] = {-1, -1}, in = open_input(input.at, input.length), error = 0;
	if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		error = errno == 0 ? EIO : errno;
	delegate.out = out[0];
	delegate.err = err[0];
	if (error == 0) {
		char **environment = delegate_environment(delegate.order.variables);
		struct birth birth = {path, environment, {in, out[1], err[1]}, getpid(), 0};
		delegate.pid = clone(become, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
		error = delegate.pid < 0 ? errno : birth.error;
		if (delegate.pid > 0 && error != 0)
			waitpid(delegate.pid, NULL, 0);
		free(environment);
	}
	shut(&in);
	shut(&out[1]);
	shut(&err[1]);
	return error;
}

bool start_delegate(const struct order *order)
{
	char path[MAX_PATH + 1] = "";
	delegate.order = *order;
	started_at = now_us();
	delegate.next_at = started_at + order->deadline_ms * 1000LL;
	memcpy(path, order->path.at, order->path.length);
	const int error = is_in_cni_path(order->path) ? give_birth(path) : EACCES;
	if (error == 0)
		return true;
	delegate.pid = 0;
	how_ended = END_NOT_STARTED;
	end_value = (uint32_t)error;
	return false;
}

void cut_delegate(enum end end, uint32_t value)
{
	/* What it left running when it ended can still print too much, but not end it in another way. */
	if (delegate.pid == 0 || is_cut || (has_exited && end != END_OVERFLOWED))
		return;
	is_cut = true;
	how_ended = end;
	end_value = value;
	/* It is not reaped before we have done with it, so its group is nobody else's. */
	kill(-delegate.pid, SIGKILL);
	if (!has_exited)
		delegate.next_at = now_us() + DEATH_US;
}

/* Reads a little of what is there, one byte more than `most` at the utmost; closes at the end. */
static size_t read_some(int *pipe, struct buffer *into, size_t most)
{
	const size_t room = most < 65535 ? most + 1 : 65536;
	const ssize_t got = read(*pipe, reserve(into, room), room);
	if (got == 0 || (got < 0 && errno != EINTR))
		shut(pipe);
	return got < 0 ? 0 : (size_t)got;
}

void read_stdout(void)
{
	const size_t most = delegate.order.max_stdout;
	kept_out.length += read_some(&delegate.out, &kept_out, most - kept_out.length);
	if (kept_out.length <= most)
		return;
	kept_out.length = most;
	shut(&delegate.out);
	cut_delegate(END_OVERFLOWED, (uint32_t)most);
}

void read_stderr(void)
{
	const size_t got = read_some(&delegate.err, &kept_err, 4096), left = MAX_STDERR - kept_err.length;
	forward(kept_err.at + kept_err.length, got);
	kept_err.length += got < left ? got : left;
}

void notice_exit(void)
{
	siginfo_t exited = {0};
	if (delegate.pid == 0 || has_exited)
		return;
	waitid(P_PID, (id_t)delegate.pid, &exited, WEXITED | WNOHANG | WNOWAIT);
	has_exited = exited.si_pid != 0;
	if (has_exited)
		delegate.next_at = now_us() + DRAIN_US;
}

bool is_delegate_over(void)
{
	const bool is_time_up = now_us() >= delegate.next_at;
	if (has_exited)
		return is_time_up || (delegate.out < 0 && delegate.err < 0);
	if (is_time_up && !is_cut) {
		cut_delegate(END_TIMED_OUT, delegate.order.deadline_ms);
		return false;
	}
	return is_time_up;
}

struct buffer end_frame(void)
{
	int status = 0;
	struct rusage usage = {0};
	const int64_t duration = now_us() - started_at;
	struct buffer frame = begin_frame(EXITED);
	if (delegate.pid > 0 && wait4(delegate.pid, &status, WNOHANG, &usage) > 0 && !is_cut) {
		how_ended = WIFSIGNALED(status) ? END_SIGNALED : END_EXITED;
		end_value = (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	add_number(&frame, delegate.order.id);
	add_number(&frame, how_ended);
	add_number(&frame, end_value);
	add_number(&frame, duration > UINT32_MAX ? UINT32_MAX : (uint32_t)duration);
	add_number(&frame, (uint32_t)usage.ru_maxrss);
	add_bytes(&frame, kept_out.at, kept_out.length);
	add_bytes(&frame, kept_err.at, kept_err.length);
	shut(&delegate.out);
	shut(&delegate.err);
	free(delegate.order.body);
	delegate = (struct delegate){.out = -1, .err = -1};
	kept_out.length = kept_err.length = 0;
	is_cut = has_exited = false;
	return frame;
}

void bury_delegate(void)
{
	cut_delegate(END_STOPPED, 0);
	for (const int64_t until = now_us() + DEATH_US; delegate.pid > 0 && !has_exited && now_us() < until; notice_exit())
		poll(NULL, 0, 1);
}
