#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "launcher.h"

/* A build for tests is less patient. */
#ifndef PATIENCE_SECONDS
#define PATIENCE_SECONDS 5 /* with an agent that does not accept, greet, read, or finish a frame */
#endif
#ifndef STOP_SECONDS
#define STOP_SECONDS 30 /* for the agent to take back what it did, after a signal */
#endif
#define SECOND 1000000LL

static int agent, signals;
static bool is_greeted, is_begun;
static uint32_t stopped_by;                            /* a signal, 0: none */
static int64_t silence_us = PATIENCE_SECONDS * SECOND; /* how long the agent may say nothing while no delegate runs */
static int64_t silent_at, stop_at = INT64_MAX;

/* Before the first EXEC nothing has been done, and the standalone program can still do all of it. */
static _Noreturn void lose(const char *why)
{
	/* An agent that greets and then closes leaves the call to us, as it does with every GC: nothing to tell of. */
	if (!is_begun && stopped_by == 0)
		run_standalone(is_greeted && why == agent_closed ? "" : why);
	if (stopped_by != 0)
		fail(CODE_TRY_AGAIN, "stopped by signal %u; DEL takes back what was begun", stopped_by);
	fail(CODE_TRY_AGAIN, "the agent at %s %s; DEL takes back what was begun", call.socket_path, why);
}

int connect_agent(const char **why)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred peer;
	socklen_t length = sizeof peer;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*why = "has too long a path";
	if (strlen(call.socket_path) >= sizeof address.sun_path)
		return -1;
	strcpy(address.sun_path, call.socket_path);
	/* Also for how long connect(2) waits for room in the agent's queue. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	const bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	*why = !is_connected && (errno == ENOENT || errno == ECONNREFUSED) ? "" : "cannot be connected to";
	if (!is_connected)
		return -1;
	*why = "belongs to another user";
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || (peer.uid != 0 && peer.uid != geteuid()))
		return -1;
	return fd;
}

static void tell(struct buffer frame)
{
	if (!send_frame(agent, &frame))
		lose("does not take what it is told");
	silent_at = now_us() + silence_us;
}

static void request(void)
{
	struct buffer block = {0}, hello = begin_frame(HELLO), frame = begin_frame(REQUEST);
	if (!request_block(&block))
		lose("cannot take so many variables");
	add_number(&hello, FRAMES_VERSION);
	add_number(&hello, 0);
	tell(hello);
	add_number(&frame, look_at_netns());
	add_bytes(&frame, block.at, block.length);
	add_bytes(&frame, call.input.at, call.input.length);
	tell(frame);
	free(block.at);
}

static void take_signals(void)
{
	for (struct signalfd_siginfo info; read(signals, &info, sizeof info) == sizeof info;) {
		if (info.ssi_signo == SIGCHLD) {
			notice_exit();
			continue;
		}
		/* Who asks for the same again does not want to wait. */
		if (stopped_by == info.ssi_signo)
			lose("");
		if (stopped_by != 0)
			continue;
		struct buffer frame = begin_frame(SIGNAL);
		stopped_by = info.ssi_signo;
		stop_at = now_us() + STOP_SECONDS * SECOND;
		cut_delegate(END_STOPPED, stopped_by);
		add_number(&frame, stopped_by);
		tell(frame);
	}
}

static void greet(const struct order *hello)
{
	if (hello->version != FRAMES_VERSION)
		lose("speaks another version");
	is_greeted = true;
	silence_us = (hello->silence_ms > 0 ? hello->silence_ms : DEFAULT_SILENCE_MS) * 1000LL;
}

static void begin(const struct order *order)
{
	is_begun = true;
	memcpy(call.cni_version, order->cni_version.at, order->cni_version.length);
	call.cni_version[order->cni_version.length] = '\0';
	if (!start_delegate(order))
		tell(end_frame());
}

/* False with DONE, the last of all. */
static bool obey_next(struct order *order)
{
	const char *trouble = read_order(agent, order);
	if (trouble != NULL)
		lose(trouble);
	const bool is_work = order->type == EXEC || order->type == DONE;
	if ((order->type == HELLO) == is_greeted || (is_work && delegate.pid > 0))
		lose("sends a frame out of turn");
	if (order->type == HELLO)
		greet(order);
	if (order->type == LOG)
		forward(order->content.at, order->content.length);
	if (order->type == KILL && order->id == delegate.order.id)
		cut_delegate(END_STOPPED, 0);
	if (order->type == EXEC)
		begin(order);
	else if (order->type != DONE)
		free(order->body);
	silent_at = now_us() + silence_us;
	return order->type != DONE;
}

int converse(int socket)
{
	struct order order;
	agent = socket;
	signals = hold_signals();
	request();
	for (;;) {
		const int64_t next_at = delegate.pid > 0 ? delegate.next_at : silent_at;
		struct pollfd fds[] = {
			{signals, POLLIN, 0}, {delegate.out, POLLIN, 0}, {delegate.err, POLLIN, 0}, {agent, POLLIN, 0}};
		poll(fds, 4, ms_until(next_at < stop_at ? next_at : stop_at));
		if (fds[0].revents != 0)
			take_signals();
		if (fds[1].revents != 0)
			read_stdout();
		if (fds[2].revents != 0)
			read_stderr();
		if (delegate.pid > 0 && is_delegate_over())
			tell(end_frame());
		if (fds[3].revents != 0 && !obey_next(&order))
			break;
		if (now_us() >= stop_at || (delegate.pid == 0 && now_us() >= silent_at))
			lose("is silent");
	}
	release_signals();
	const bool is_printed = print(order.content.at, order.content.length);
	free(order.body);
	return is_printed ? (int)order.exit_code : EXIT_FAILURE;
}
