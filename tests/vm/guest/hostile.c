/* SPDX-License-Identifier: Zlib */
/*
 * A user of the character device who means harm: random descriptors, completions, doorbells, ioctls and mappings. It
 * checks only that its own process survives, and that no output is where none was asked for; that others do is seen by
 * them and by the host.
 *
 * hostile NODE ROUNDS SEED
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "warpz/zip_sqe.h"

#define MMIO_BYTES 65536

static uint64_t state;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t dus_bytes(const char *node)
{
	char path[256], text[32] = "";
	int file;

	snprintf(path, sizeof(path), "/sys/class/uacce/%s/region_dus_size", node);
	file = open(path, O_RDONLY);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0)
		return 0;
	close(file);
	return strtoul(text, NULL, 10);
}

/* Something that is nearly right more often than noise would be. */
static void make_descriptor(struct warpz_zip_sqe *sqe, const struct warpz_qp_window *window)
{
	uint32_t *words = (uint32_t *)sqe;
	const uint64_t kind = any() % 8;
	uint64_t in = window->address + any() % window->length;
	uint64_t out = window->address + any() % window->length;

	memset(sqe, 0, sizeof(*sqe));
	if (kind == 0) {
		for (size_t i = 0; i < sizeof(*sqe) / 4; i++)
			words[i] = (uint32_t)any();
		return;
	}
	if (kind == 1)
		in = any();
	if (kind == 2)
		out = any();
	if (kind == 3)
		out = window->address + window->length - any() % 512;
	sqe->input_length = (uint32_t)(any() % (any() % 2 ? 4096 : 1 << 24)) & ~3u;
	sqe->output_length = (uint32_t)(any() % (any() % 2 ? 8192 : 1 << 24));
	sqe->dw7 = WARPZ_ZIP_SQE_TYPE_3 << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT |
		   ((uint32_t)any() & (WARPZ_ZIP_DW7_FINISH | WARPZ_ZIP_DW7_STATEFUL | WARPZ_ZIP_DW7_STREAM_NEW));
	sqe->dw9 = (1 + (uint32_t)(any() % 3)) | (uint32_t)(any() % 5) << WARPZ_ZIP_DW9_WINDOW_SHIFT |
		   (uint32_t)(any() % 8 == 0) << WARPZ_ZIP_DW9_BUFFER_SHIFT;
	sqe->source_addr[0] = (uint32_t)in;
	sqe->source_addr[1] = (uint32_t)(in >> 32);
	sqe->dest_addr[0] = (uint32_t)out;
	sqe->dest_addr[1] = (uint32_t)(out >> 32);
	out = kind == 4 ? any() : window->address + (any() % window->length & ~63ULL);
	sqe->stream_ctx_addr[0] = (uint32_t)out;
	sqe->stream_ctx_addr[1] = (uint32_t)(out >> 32);
}

struct queue {
	int file;
	unsigned char *dus;
	size_t bytes;
	volatile uint64_t *doorbell;
	struct warpz_qp_ctx context;
	struct warpz_qp_info info;
	struct warpz_qp_window window;
};

static int open_queue(struct queue *queue, const char *path, size_t bytes)
{
	void *mmio;

	memset(queue, 0, sizeof(*queue));
	queue->file = open(path, O_RDWR | O_CLOEXEC);
	if (queue->file < 0)
		return 0;
	queue->bytes = bytes;
	queue->dus = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, queue->file, WARPZ_ZIP_REGION_DUS * 4096);
	mmio = mmap(NULL, MMIO_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, queue->file, 0);
	queue->context.qc_type = any() % 2;
	if (queue->dus == MAP_FAILED || mmio == MAP_FAILED || ioctl(queue->file, WARPZ_CMD_QP_CTX, &queue->context) ||
	    ioctl(queue->file, WARPZ_CMD_QP_INFO, &queue->info) || ioctl(queue->file, WARPZ_CMD_QP_WINDOW, &queue->window) ||
	    ioctl(queue->file, WARPZ_UACCE_CMD_START_Q))
		return -1;
	queue->doorbell = (volatile uint64_t *)((char *)mmio + WARPZ_ZIP_DOORBELL_OFFSET);
	return 1;
}

static void close_queue(struct queue *queue)
{
	munmap(queue->dus, queue->bytes);
	munmap((char *)queue->doorbell - WARPZ_ZIP_DOORBELL_OFFSET, MMIO_BYTES);
	close(queue->file);
}

/* Bad calls: each must be refused with an error, and change nothing. */
static void bad_calls(const struct queue *queue)
{
	static const int fine[] = { EINVAL, EFAULT, EEXIST, EPERM, ENXIO, ENODEV, ENOTTY, EBUSY, EIO, ENOMEM };
	const uint64_t kind = any() % 6;
	void *result = MAP_FAILED;
	size_t bytes = 4096 * (1 + any() % 4096);
	int status = -1, known = 0;

	errno = 0;
	switch (kind) {
	case 0:
		status = ioctl(queue->file, (unsigned long)(uint32_t)any(), any());
		break;
	case 1:
		status = ioctl(queue->file, WARPZ_CMD_QP_CTX, (void *)(uintptr_t)any());
		break;
	case 2:
		status = ioctl(queue->file, WARPZ_CMD_QP_WINDOW, (void *)8);
		break;
	case 3:
		status = ioctl(queue->file, WARPZ_UACCE_CMD_START_Q);
		break;
	default:
		/* Another size, another place. */
		result = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, queue->file, (off_t)(4096 * (any() % 5)));
		status = result == MAP_FAILED ? -1 : 0;
	}
	if (status == 0 && kind != 0) {
		fprintf(stderr, "hostile: bad call %d was taken\n", (int)kind);
		exit(1);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		known |= errno == fine[i];
	if (status < 0 && !known) {
		fprintf(stderr, "hostile: bad call %d: %s\n", (int)kind, strerror(errno));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct queue queue = { .file = -1 };
	struct pollfd waiting;
	char path[256];
	size_t bytes;
	long rounds;
	unsigned tail = 0;

	if (argc != 4)
		return 2;
	snprintf(path, sizeof(path), "/dev/%s", argv[1]);
	bytes = dus_bytes(argv[1]);
	rounds = atol(argv[2]);
	state = strtoul(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ULL + 1;
	for (long round = 0; round < rounds; round++) {
		struct warpz_zip_sqe *ring;
		uint64_t bell;

		while (queue.file < 0) {
			const int opened = open_queue(&queue, path, bytes);

			if (opened < 0) {
				perror("hostile: open");
				return 1;
			}
			tail = 0;
			if (!opened)
				usleep(1000);
		}
		ring = (struct warpz_zip_sqe *)queue.dus;
		make_descriptor(&ring[tail], &queue.window);
		tail = (tail + 1) % queue.info.sq_depth;
		bell = queue.context.id | (uint64_t)tail << WARPZ_ZIP_DB_INDEX_SHIFT;
		switch (any() % 16) {
		case 0:
			bell = any();
			break;
		case 1:
			bell ^= 1ULL << any() % 64;
			break;
		case 2: /* rings and window written while the device works on them */
			queue.dus[any() % (queue.bytes - 8)] = (unsigned char)any();
			break;
		default:
			break;
		}
		*queue.doorbell = bell;
		/* Room in the completion ring. */
		if (any() % 4 == 0)
			*queue.doorbell = queue.context.id | WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT |
					  (any() % queue.info.cq_depth) << WARPZ_ZIP_DB_INDEX_SHIFT |
					  (any() % 2) << WARPZ_ZIP_DB_FLAG_SHIFT;
		if (any() % 64 == 0)
			bad_calls(&queue);
		if (any() % 256 == 0) {
			waiting.fd = queue.file;
			waiting.events = POLLIN;
			poll(&waiting, 1, 1);
		}
		if (any() % 4096 == 0) {
			close_queue(&queue);
			queue.file = -1;
		}
	}
	return 0;
}
