// SPDX-License-Identifier: Zlib
// A program of java.util.zip for java.sh: "write INPUT FOLDER" compresses INPUT in every way that the package
// offers, "read INPUT FOLDER" checks that each file decodes to it. It fails by exception.
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

public final class ZipRoundTrip {
    private static final int[] FLUSHES = {Deflater.NO_FLUSH, Deflater.SYNC_FLUSH, Deflater.FULL_FLUSH};
    private static final int[] STRATEGIES = {
        Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY
    };
    private static final byte[] TAIL = "bytes after the stream".getBytes();

    public static void main(String[] args) throws Exception {
        byte[] input = Files.readAllBytes(Path.of(args[1]));
        Path folder = Path.of(args[2]);
        if (args[0].equals("write")) {
            write(input, folder);
        } else {
            read(input, folder);
        }
    }

    private static void write(byte[] input, Path folder) throws IOException {
        for (int level = 0; level <= 9; level++) {
            for (boolean raw : new boolean[] {false, true}) {
                Deflater deflater = new Deflater(level, raw);
                store(folder, "level" + level, raw, deflate(deflater, input, null));
                // reset() must leave nothing behind, parameters and totals included.
                deflater.reset();
                store(folder, "reset" + level, raw, deflate(deflater, input, null));
                deflater.end();
            }
        }
        for (int seed = 0; seed < 12; seed++) {
            boolean raw = seed % 2 == 1;
            Deflater deflater = new Deflater(1 + seed % 9, raw);
            store(folder, "changing" + seed, raw, deflate(deflater, input, new Random(seed)));
            deflater.end();
        }
        Deflater deflater = new Deflater(9);
        deflater.setDictionary(input, 0, Math.min(20000, input.length));
        store(folder, "dictionary", false, deflate(deflater, input, null));
        deflater.end();

        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("sync.gz")), 8192, true)) {
            for (int at = 0; at < input.length; at += 100000) {
                out.write(input, at, Math.min(100000, input.length - at));
                out.flush();
            }
        }
        int half = input.length / 2;
        try (OutputStream file = Files.newOutputStream(folder.resolve("members.gz"))) {
            for (int part = 0; part < 2; part++) {
                GZIPOutputStream out = new GZIPOutputStream(file);
                out.write(input, part * half, part == 0 ? half : input.length - half);
                out.finish();
            }
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve("all.zip")))) {
            for (int level = 0; level <= 9; level++) {
                zip.setLevel(level);
                zip.putNextEntry(new ZipEntry("entry" + level));
                zip.write(input);
                zip.closeEntry();
            }
        }
    }

    /** Compresses input; with a random source also changes level, strategy and flush between calls of all sizes. */
    private static byte[] deflate(Deflater deflater, byte[] input, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[random == null ? 65536 : 3000];
        int at = 0;
        while (at < input.length) {
            int size = Math.min(input.length - at, random == null ? 250000 : 1 + random.nextInt(1 << random.nextInt(20)));
            int flush = Deflater.NO_FLUSH;
            if (random != null) {
                deflater.setLevel(random.nextInt(10));
                deflater.setStrategy(STRATEGIES[random.nextInt(3)]);
                flush = FLUSHES[random.nextInt(3)];
            }
            deflater.setInput(input, at, size);
            at += size;
            int made;
            do {
                made = deflater.deflate(buffer, 0, buffer.length, flush);
                out.write(buffer, 0, made);
            } while (made == buffer.length || !deflater.needsInput());
        }
        deflater.finish();
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        check(deflater.getBytesRead() == input.length, "getBytesRead() is " + deflater.getBytesRead());
        check(deflater.getBytesWritten() == out.size(), "getBytesWritten() is " + deflater.getBytesWritten());
        return out.toByteArray();
    }

    private static void store(Path folder, String name, boolean raw, byte[] packed) throws IOException {
        Files.write(folder.resolve(name + (raw ? ".raw" : ".zlib")), packed);
    }

    private static void read(byte[] input, Path folder) throws IOException, DataFormatException {
        int files = 0;
        try (var list = Files.list(folder)) {
            for (Path file : (Iterable<Path>) list::iterator) {
                String name = file.getFileName().toString();
                files++;
                if (name.endsWith(".gz")) {
                    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                        check(Arrays.equals(in.readAllBytes(), input), name + " decodes to something else");
                    }
                } else if (name.endsWith(".zip")) {
                    try (ZipFile zip = new ZipFile(file.toFile())) {
                        for (int level = 0; level <= 9; level++) {
                            byte[] entry = zip.getInputStream(zip.getEntry("entry" + level)).readAllBytes();
                            check(Arrays.equals(entry, input), name + " level " + level);
                        }
                    }
                } else {
                    inflate(name, Files.readAllBytes(file), input);
                }
            }
        }
        check(files > 30, "only " + files + " files");
        CRC32 crc = new CRC32();
        crc.update(input);
        Adler32 adler = new Adler32();
        adler.update(input);
        System.out.printf("%d files, crc32 %08x, adler32 %08x%n", files, crc.getValue(), adler.getValue());
    }

    private static void inflate(String name, byte[] packed, byte[] input) throws DataFormatException {
        byte[] withTail = Arrays.copyOf(packed, packed.length + TAIL.length);
        System.arraycopy(TAIL, 0, withTail, packed.length, TAIL.length);
        Inflater inflater = new Inflater(name.endsWith(".raw"));
        byte[] out = new byte[input.length + 1];
        int made = 0;
        inflater.setInput(withTail);
        while (!inflater.finished()) {
            int step = inflater.inflate(out, made, Math.min(50001, out.length - made));
            made += step;
            if (inflater.needsDictionary()) {
                inflater.setDictionary(input, 0, Math.min(20000, input.length));
            } else {
                check(step > 0 || inflater.finished(), name + " stalls at " + made);
            }
        }
        check(made == input.length && Arrays.equals(Arrays.copyOf(out, made), input), name + " decodes to something else");
        check(inflater.getRemaining() == TAIL.length, name + " leaves " + inflater.getRemaining() + " bytes");
        check(inflater.getBytesRead() == packed.length, name + " has read " + inflater.getBytesRead());
        inflater.end();
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException(message);
        }
    }
}
