/*
 * The launcher's reader of frames on its own: what comes of a connection that holds just these bytes.
 *
 * Cases come on stdin, each a u32 of this machine's byte order and so many bytes, 64 KiB at most. For each there is one
 * line on stdout: the frames, each followed by "; ", and how the connection ended. Numbers are decimal, bytes hexadecimal
 * behind a colon.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "launcher.h"

/* Without memory nothing is tested. */
_Noreturn void fail(enum code code, const char *format, ...)
{
	fprintf(stderr, "%s (%d)\n", format, code);
	abort();
}

static void show(struct bytes bytes)
{
	printf(" :");
	for (size_t i = 0; i < bytes.length; i++)
		printf("%02x", (unsigned char)bytes.at[i]);
}

static void show_order(const struct order *order)
{
	if (order->type == HELLO)
		printf("hello %u %u", order->version, order->silence_ms);
	if (order->type == KILL)
		printf("kill %u", order->id);
	if (order->type == LOG)
		printf("log");
	if (order->type == DONE)
		printf("done %u", order->exit_code);
	if (order->type == EXEC) {
		printf("exec %u %u %u", order->id, order->deadline_ms, order->max_stdout);
		show(order->cni_version);
		show(order->path);
		show(order->variables);
	}
	if (order->type == LOG || order->type == DONE || order->type == EXEC)
		show(order->content);
	printf("; ");
}

static void read_connection(int socket)
{
	struct order order;
	for (bool is_greeted = false;; is_greeted = true) {
		const char *trouble = read_order(socket, &order);
		if (trouble == NULL && (order.type == HELLO) == is_greeted)
			trouble = "out of turn";
		else if (trouble == NULL && order.type == HELLO && order.version != FRAMES_VERSION)
			trouble = "another version";
		if (trouble == NULL)
			show_order(&order);
		else
			printf("%s\n", trouble);
		free(order.body);
		if (trouble != NULL)
			return;
	}
}

int main(void)
{
	static char bytes[64 << 10];
	for (uint32_t length; fread(&length, sizeof length, 1, stdin) == 1;) {
		int ends[2];
		if (length > sizeof bytes || fread(bytes, 1, length, stdin) != length)
			return 1;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || write(ends[0], bytes, length) != (ssize_t)length)
			return 1;
		close(ends[0]);
		read_connection(ends[1]);
		close(ends[1]);
		fflush(stdout);
	}
	return 0;
}
