/* SPDX-License-Identifier: Zlib */
/* Compression by jobs, for programs that have more than one thing to compress at a time: pages, log frames, requests.
 * A job names its buffers; many are under way at once, on an accelerator, on a pool of cores, or on the caller's own, and
 * they come back in any order. What they make is zlib, gzip or raw deflate (RFC 1950 to 1952), readable by anybody.
 *
 * Threads    One context belongs to one thread at a time; different contexts are independent. A stream belongs to one
 *            job at a time. The pool is shared by all contexts of the process.
 * Fork       A context belongs to the process that made it. In a child every call on it returns WARPZ_ERROR_FORKED, and
 *            warpz_context_destroy() frees what is the child's own. The parent notices nothing.
 * Memory     A job, its buffers and its stream are the library's from warpz_submit() until the job comes back. Its output
 *            overlaps nothing that is read.
 * Signals    Threads of the library take none. No function throws, prints, or ends the process.
 */
#ifndef WARPZ_WARPZ_H
#define WARPZ_WARPZ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARPZ_API_VERSION 1

typedef struct warpz_context warpz_context;
typedef struct warpz_stream warpz_stream;

/** What calls return and jobs report. Errors are negative. */
enum warpz_status {
    WARPZ_OK = 0,
    WARPZ_STREAM_END = 1,         /**< the stream is complete */
    WARPZ_ERROR_PARAMETER = -1,   /**< a field or an argument is out of range */
    WARPZ_ERROR_NO_MEMORY = -2,
    WARPZ_ERROR_NO_SPACE = -3,    /**< one shot: the output does not fit into out_space */
    WARPZ_ERROR_DATA = -4,        /**< inflate: not of this format, damaged or cut off */
    WARPZ_ERROR_DICTIONARY = -5,  /**< inflate: another dictionary is asked for, or one at all */
    WARPZ_ERROR_FORKED = -6,      /**< the context is another process's */
    WARPZ_ERROR_BUSY = -7         /**< the stream has a job under way */
};

enum warpz_operation { WARPZ_DEFLATE, WARPZ_INFLATE, WARPZ_ADLER32, WARPZ_CRC32 };
enum warpz_format { WARPZ_ZLIB, WARPZ_GZIP, WARPZ_RAW };
/** WARPZ_LATENCY: before all jobs of the pool's that nobody has begun, but not before others of its kind. */
enum warpz_priority { WARPZ_THROUGHPUT, WARPZ_LATENCY };
enum warpz_flush { WARPZ_NO_FLUSH, WARPZ_SYNC_FLUSH, WARPZ_FULL_FLUSH, WARPZ_FINISH };
enum warpz_executor { WARPZ_INLINE, WARPZ_POOL, WARPZ_DEVICE };

#define WARPZ_LEVEL_DEFAULT 6
#define WARPZ_LEVEL_MAX 12 /**< 10 to 12 weigh all matches against each other; see warpz_stream_memory() */

/** One job. Zero all of it, then set what is needed. */
typedef struct warpz_job {
    /* Set by the caller. */
    uint8_t operation;       /**< warpz_operation */
    uint8_t format;          /**< warpz_format; a stream has its own */
    uint8_t priority;        /**< warpz_priority */
    uint8_t flush;           /**< warpz_flush; streams only. One shot is the whole */
    int8_t level;            /**< deflate: 0 stores, 1 to 12, -1 is WARPZ_LEVEL_DEFAULT */
    const void* in;
    size_t in_bytes;
    void* out;               /**< of ADLER32 and CRC32: not looked at */
    size_t out_space;        /**< deflate, one shot: warpz_bound(in_bytes) is always enough, and what a device needs */
    const void* dictionary;  /**< one shot, zlib and raw: what the input may refer to; null for none */
    size_t dictionary_bytes;
    warpz_stream* stream;    /**< null: one shot */
    uint32_t check;          /**< ADLER32, CRC32: the value to go on from: 1 and 0 at the start */
    void* user;              /**< the caller's own */

    /* Set by the library before the job comes back. `check` is then that of the plain bytes so far: Adler-32, of gzip
     * CRC-32, of raw 0. */
    int status;              /**< warpz_status. Of a stream WARPZ_OK: more input or output is wanted, as the counts tell */
    uint8_t executor;        /**< warpz_executor: who did it */
    size_t consumed;
    size_t produced;
    void* reserved[4];
} warpz_job;

enum warpz_context_flags {
    WARPZ_EVENTS = 1,    /**< warpz_event_fd() is wanted. A thread of the context's waits for devices, to raise it */
    WARPZ_NO_DEVICE = 2  /**< the pool and the caller's own core only */
};

typedef struct warpz_options {
    unsigned threads; /**< cores for the pool, the waiting caller's included; 0: as WARPZ_THREADS says, else all that the
                           process may run on. The first context of a process decides */
    unsigned flags;   /**< warpz_context_flags */
    uint64_t reserved[4];
} warpz_options;

/** Makes a context. `options` may be null. */
int warpz_context_create(const warpz_options* options, warpz_context** context);
/** Waits for jobs under way and forgets them, then frees all but streams. Null is allowed. */
void warpz_context_destroy(warpz_context* context);

/** Starts jobs, in order as far as it gets. A pool of one core does them here and now.
 *  returns how many were started: all, unless memory is short or a pointer null; when it is none, that error. A job with a field
 *          out of range is started and comes back with WARPZ_ERROR_PARAMETER */
int warpz_submit(warpz_context* context, warpz_job* const* jobs, unsigned count);
/** Takes jobs that are done, at most `capacity`. Does not sleep. returns how many */
int warpz_poll(warpz_context* context, warpz_job** done, unsigned capacity);
/** As warpz_poll(), and when none is done works on one or sleeps until one is.
 *  timeout_ms  negative: for as long as it takes; 0: as warpz_poll(). A job that it works on is done to its end, whatever the
 *              time
 *  returns how many; 0 when the time is over or nothing is under way */
int warpz_wait(warpz_context* context, warpz_job** done, unsigned capacity, int timeout_ms);
/** Does one job here and now. returns its status */
int warpz_run(warpz_context* context, warpz_job* job);

/** An eventfd that is readable as long as jobs are done that nobody has taken (WARPZ_EVENTS); warpz_poll() that returns 0 makes
 *  it unreadable.
 *  It is the context's: do not read or close it. returns the descriptor or WARPZ_ERROR_PARAMETER */
int warpz_event_fd(const warpz_context* context);

/** Jobs that were submitted and have not come back. */
unsigned warpz_pending(const warpz_context* context);

/** Output space that a one-shot deflate of `in_bytes` never exceeds, whatever the level, format and executor. SIZE_MAX: there
 *  is no such space. */
size_t warpz_bound(size_t in_bytes);

/** Memory for jobs' input and output that a device reaches as it is. Devices that work on the process's own addresses reach
 *  all memory. Others see a window (device_copies), into and out of which data is copied, unless input and output of a job lie
 *  in such buffers. It is then in the window of a queue, which the context keeps from the first buffer to the last, and which
 *  the device may write to. Where no window is to be had (a device is at work), or it is full, it is plain memory, which works
 *  as well; warpz_statistics.copied_bytes tells. In a child of fork() the memory may be gone.
 *  operation  of the jobs: a queue has one direction
 *  returns WARPZ_OK, WARPZ_ERROR_NO_MEMORY, or WARPZ_ERROR_PARAMETER, for 0 bytes, too */
int warpz_buffer_alloc(warpz_context* context, int operation, size_t bytes, void** buffer);
/** Before the context's end, and with no job on it. Null is allowed. */
void warpz_buffer_free(warpz_context* context, void* buffer);

/** A stream, for jobs of one operation on it, one after the other. A long one at levels 1 to 12 uses the pool or a device
 *  by itself, when WARPZ_THREADS or WARPZ_DEVICE say so, as zlib's streams do.
 *  operation   WARPZ_DEFLATE or WARPZ_INFLATE
 *  level       as in warpz_job; not for inflate */
int warpz_stream_create(int operation, int format, int level, warpz_stream** stream);
/** For the next stream of the same kind; not with a job under way. */
void warpz_stream_reset(warpz_stream* stream);
/** Before the first job: what the data may refer to. Of zlib inflate: what is given when it is asked for. It is copied.
 *  returns WARPZ_OK, WARPZ_ERROR_PARAMETER (gzip has none), WARPZ_ERROR_BUSY or WARPZ_ERROR_NO_MEMORY */
int warpz_stream_set_dictionary(warpz_stream* stream, const void* dictionary, size_t bytes);
void warpz_stream_destroy(warpz_stream* stream);
/** Bytes that a stream of this operation and level takes: some 270 KiB, at levels 10 to 12 ten MB. 0: no such stream. */
size_t warpz_stream_memory(int operation, int level);

typedef struct warpz_capabilities {
    unsigned api_version;   /**< WARPZ_API_VERSION of the library */
    unsigned cores;         /**< of the pool, the caller's included */
    int level_max;
    uint8_t has_device;     /**< one answers to this process */
    uint8_t device_is_ready;/**< and takes jobs at this moment */
    uint8_t device_copies;  /**< it reaches a window of memory only: see warpz_buffer_alloc() */
    size_t device_min_bytes;/**< deflate jobs from here on go to it, by what was measured */
    uint64_t reserved[4];
} warpz_capabilities;
void warpz_query(const warpz_context* context, warpz_capabilities* capabilities);

/** Of one context, since its beginning. */
typedef struct warpz_statistics {
    uint64_t jobs[3];        /**< done, by warpz_executor */
    uint64_t in_bytes;
    uint64_t out_bytes;
    uint64_t failed;         /**< with an error */
    uint64_t device_retries; /**< a device failed, somebody else did it */
    uint64_t helped;         /**< jobs of the pool that warpz_wait() did */
    uint64_t copied_bytes;   /**< into and out of the window of a device */
    uint64_t reserved[3];
} warpz_statistics;
void warpz_get_statistics(const warpz_context* context, warpz_statistics* statistics);

/** English words for a warpz_status. */
const char* warpz_status_text(int status);

#ifdef __cplusplus
}
#endif
#endif
