/* SPDX-License-Identifier: Zlib */
/* Prints what a compiled program takes over from zlib.h: sizes, offsets, signedness, and the values of macros. The
 * text is the same for this project's header and for the system's, except for the version. Linked with nothing. */
#include <stddef.h>
#include <stdio.h>

#include "zlib.h"

#define SIZE(type) printf("sizeof(" #type ") = %lu\n", (unsigned long)sizeof(type))
#define SIGN(type) printf(#type " is %s\n", (type)-1 < (type)1 ? "signed" : "unsigned")
#define VALUE(macro) printf(#macro " = %ld\n", (long)(macro))
#define FIELD(type, field)                                                                       \
    printf("%s.%s: %lu bytes at %lu\n", #type, #field, (unsigned long)sizeof(((type*)0)->field), \
           (unsigned long)offsetof(type, field))
#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(tokens) #tokens

struct gzFile_s;

int main(void) {
    SIZE(z_stream);
    FIELD(z_stream, next_in);
    FIELD(z_stream, avail_in);
    FIELD(z_stream, total_in);
    FIELD(z_stream, next_out);
    FIELD(z_stream, avail_out);
    FIELD(z_stream, total_out);
    FIELD(z_stream, msg);
    FIELD(z_stream, state);
    FIELD(z_stream, zalloc);
    FIELD(z_stream, zfree);
    FIELD(z_stream, opaque);
    FIELD(z_stream, data_type);
    FIELD(z_stream, adler);
    FIELD(z_stream, reserved);

    SIZE(gz_header);
    FIELD(gz_header, text);
    FIELD(gz_header, time);
    FIELD(gz_header, xflags);
    FIELD(gz_header, os);
    FIELD(gz_header, extra);
    FIELD(gz_header, extra_len);
    FIELD(gz_header, extra_max);
    FIELD(gz_header, name);
    FIELD(gz_header, name_max);
    FIELD(gz_header, comment);
    FIELD(gz_header, comm_max);
    FIELD(gz_header, hcrc);
    FIELD(gz_header, done);

    SIZE(struct gzFile_s);
    FIELD(struct gzFile_s, have);
    FIELD(struct gzFile_s, next);
    FIELD(struct gzFile_s, pos);

    SIZE(Byte), SIGN(Byte);
    SIZE(Bytef), SIGN(Bytef);
    SIZE(uInt), SIGN(uInt);
    SIZE(uIntf), SIGN(uIntf);
    SIZE(uLong), SIGN(uLong);
    SIZE(uLongf), SIGN(uLongf);
    SIZE(charf), SIGN(charf);
    SIZE(intf), SIGN(intf);
    SIZE(z_size_t), SIGN(z_size_t);
    SIZE(z_crc_t), SIGN(z_crc_t);
    SIZE(z_off_t), SIGN(z_off_t);
    SIZE(z_off64_t), SIGN(z_off64_t);
    SIZE(voidp);
    SIZE(voidpc);
    SIZE(voidpf);
    SIZE(z_streamp);
    SIZE(gz_headerp);
    SIZE(gzFile);
    SIZE(alloc_func);
    SIZE(free_func);
    SIZE(in_func);
    SIZE(out_func);

    VALUE(Z_NO_FLUSH), VALUE(Z_PARTIAL_FLUSH), VALUE(Z_SYNC_FLUSH), VALUE(Z_FULL_FLUSH);
    VALUE(Z_FINISH), VALUE(Z_BLOCK), VALUE(Z_TREES);
    VALUE(Z_OK), VALUE(Z_STREAM_END), VALUE(Z_NEED_DICT), VALUE(Z_ERRNO), VALUE(Z_STREAM_ERROR);
    VALUE(Z_DATA_ERROR), VALUE(Z_MEM_ERROR), VALUE(Z_BUF_ERROR), VALUE(Z_VERSION_ERROR);
    VALUE(Z_NO_COMPRESSION), VALUE(Z_BEST_SPEED), VALUE(Z_BEST_COMPRESSION);
    VALUE(Z_DEFAULT_COMPRESSION);
    VALUE(Z_FILTERED), VALUE(Z_HUFFMAN_ONLY), VALUE(Z_RLE), VALUE(Z_FIXED);
    VALUE(Z_DEFAULT_STRATEGY);
    VALUE(Z_BINARY), VALUE(Z_TEXT), VALUE(Z_ASCII), VALUE(Z_UNKNOWN);
    VALUE(Z_DEFLATED), VALUE(Z_NULL), VALUE(MAX_WBITS), VALUE(MAX_MEM_LEVEL);
    VALUE(SEEK_SET), VALUE(SEEK_CUR), VALUE(SEEK_END);

    printf("z_const is \"%s\"\n", TEXT(z_const));
    printf("OF((int x)) is \"%s\"\n", TEXT(OF((int x))));
    printf("FAR is \"%s\"\n", TEXT(FAR));
    printf("ZEXPORT is \"%s\", ZEXPORTVA is \"%s\"\n", TEXT(ZEXPORT), TEXT(ZEXPORTVA));
    printf("z_off_t is \"%s\", z_off64_t is \"%s\"\n", TEXT(z_off_t), TEXT(z_off64_t));
#ifdef Z_HAVE_UNISTD_H
    puts("Z_HAVE_UNISTD_H");
#endif
#ifdef Z_HAVE_STDARG_H
    puts("Z_HAVE_STDARG_H");
#endif
#ifdef Z_LFS64
    puts("Z_LFS64");
#endif
#ifdef Z_LARGE64
    puts("Z_LARGE64");
#endif
#ifdef Z_WANT64
    puts("Z_WANT64");
#endif
#ifdef Z_PREFIX_SET
    puts("Z_PREFIX_SET");
#endif
    printf("STDC: %s\n", TEXT(STDC));
    return 0;
}
