/* SPDX-License-Identifier: Zlib */
/*
 * A program that knows zlib.h and nothing else: compresses and decompresses pieces of a file and checks what it gets.
 *
 * client FILE TURNS          so many turns; 0: until it is killed
 * client --fork FILE TURNS   in each turn forks in the middle of both streams; parent and child finish their copies
 * client --kill FILE COUNT   so many children that work until they are killed, which is soon
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

static unsigned char *data, *packed, *unpacked;
static size_t data_bytes, packed_room;

static void die(const char *what)
{
	fprintf(stderr, "client %d: %s\n", (int)getpid(), what);
	exit(1);
}

/* Finishes both streams and compares. `packed` holds what deflate() has made so far. */
static void finish(z_stream *deflater, z_stream *inflater)
{
	while (1) {
		const int status = deflate(deflater, Z_FINISH);

		if (status == Z_STREAM_END)
			break;
		if (status != Z_OK)
			die("deflate");
	}
	inflater->avail_in = (uInt)(deflater->next_out - inflater->next_in);
	inflater->avail_out = (uInt)(unpacked + data_bytes - inflater->next_out);
	if (inflate(inflater, Z_FINISH) != Z_STREAM_END)
		die("inflate");
	if (inflater->total_out != data_bytes || memcmp(data, unpacked, data_bytes))
		die("the data differ");
	deflateEnd(deflater);
	inflateEnd(inflater);
}

static void turn(int number, int forks)
{
	static const int wbits[] = { 15, 31, -15 };
	z_stream deflater = { 0 }, inflater = { 0 };
	pid_t child;
	int status;

	if (deflateInit2(&deflater, 1 + number % 9, Z_DEFLATED, wbits[number % 3], 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    inflateInit2(&inflater, wbits[number % 3]) != Z_OK)
		die("init");
	deflater.next_out = packed;
	deflater.avail_out = (uInt)packed_room;
	inflater.next_in = packed;
	inflater.next_out = unpacked;
	if (!forks) {
		deflater.next_in = data;
		deflater.avail_in = (uInt)data_bytes;
		finish(&deflater, &inflater);
		return;
	}
	/* Half of the input, a flush, some of it inflated: then there are two of us. */
	deflater.next_in = data;
	deflater.avail_in = (uInt)(data_bytes / 2);
	if (deflate(&deflater, Z_SYNC_FLUSH) != Z_OK)
		die("deflate before the fork");
	inflater.avail_in = (uInt)((deflater.next_out - packed) / 2);
	inflater.avail_out = (uInt)data_bytes;
	status = inflate(&inflater, Z_NO_FLUSH);
	if (status != Z_OK && status != Z_BUF_ERROR)
		die("inflate before the fork");
	/* What was not taken is given again with the rest. */
	deflater.avail_in = (uInt)(data + data_bytes - deflater.next_in);
	child = fork();
	if (child < 0)
		die("fork");
	finish(&deflater, &inflater);
	if (!child)
		exit(0);
	if (waitpid(child, &status, 0) != child || status)
		die("the child failed");
}

/* Sooner or later: while they open queues, while they wait for answers. */
static void kill_children(long count)
{
	pid_t children[64];

	if (count < 1 || count > 64)
		die("too many children");
	for (long i = 0; i < count; i++) {
		children[i] = fork();
		if (children[i] < 0)
			die("fork");
		for (int number = 0; children[i] == 0; number++)
			turn(number, 0);
	}
	usleep((useconds_t)(getpid() % 9) * 100000);
	for (long i = 0; i < count; i++)
		kill(children[i], SIGKILL);
	for (long i = 0; i < count; i++) {
		int status = 0;

		if (waitpid(children[i], &status, 0) != children[i] || !WIFSIGNALED(status))
			die("a child failed before it was killed");
	}
}

int main(int argc, char **argv)
{
	const int kills = argc == 4 && !strcmp(argv[1], "--kill");
	const int forks = argc == 4 && (kills || !strcmp(argv[1], "--fork"));
	FILE *file;
	long turns;

	if (argc != 3 + forks)
		die("usage: client [--fork|--kill] FILE NUMBER");
	file = fopen(argv[1 + forks], "rb");
	turns = atol(argv[2 + forks]);
	if (!file)
		die("no such file");
	data = malloc(1 << 20);
	data_bytes = fread(data, 1, 1 << 20, file);
	packed_room = data_bytes + data_bytes / 8 + 4096;
	packed = malloc(packed_room);
	unpacked = malloc(data_bytes + 1);
	if (kills) {
		kill_children(turns);
		return 0;
	}
	for (int i = 0; turns == 0 || i < turns; i++)
		turn(i, forks);
	return 0;
}
