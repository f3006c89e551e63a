import java.util.*;
import java.util.concurrent.*;
import java.util.regex.*;
import java.util.stream.*;
import java.util.zip.*;

/** Java as it is written: interfaces, lambdas, streams, exceptions, threads, native methods. */
public class Objects {
  interface Shape { int area(int n); }
  record Square(int side) implements Shape {
    public int area(int n) {
      int s = 0;
      for (int i = 0; i < n; i++) s = (s * 31 + i * side) & 0xffffff;
      return s;
    }
  }

  static final Pattern PATTERN = Pattern.compile("(\\w+)=(\\d+)");

  static int text(int seed) {
    Map<String, List<Integer>> tree = new TreeMap<>();
    for (int i = 0; i < 200; i++)
      tree.computeIfAbsent("key" + i * 7919 % 101, k -> new ArrayList<>()).add(i + seed);
    String all = tree.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue().size())
        .sorted(Comparator.reverseOrder()).collect(Collectors.joining(" "));
    Matcher m = PATTERN.matcher(all);
    int sum = 0;
    while (m.find()) sum += Integer.parseInt(m.group(2));
    return sum;
  }

  static int fails(int n) {
    if (n == 0) throw new IllegalStateException("thrown");
    return fails(n - 1) + 1;
  }

  static int catches() {
    try { return fails(30); } catch (IllegalStateException e) { return e.getStackTrace().length; }
  }

  static int natively(byte[] data) {
    CRC32 sum = new CRC32();
    sum.update(data);
    Deflater deflater = new Deflater();
    deflater.setInput(data);
    deflater.finish();
    int n = deflater.deflate(new byte[data.length]);
    deflater.end();
    return n + (int) sum.getValue();
  }

  public static void main(String[] args) throws Exception {
    long end = System.nanoTime() + (Long.parseLong(args[0]) + 1) * 1_000_000_000L;
    ExecutorService pool = Executors.newFixedThreadPool(2);
    byte[] data = "some text to be packed ".repeat(500).getBytes();
    List<Shape> shapes = IntStream.range(1, 10).mapToObj(i -> (Shape) new Square(i)).toList();
    int sum = 0;
    while (System.nanoTime() < end) {
      List<Callable<Integer>> jobs = List.of(() -> text(1), Objects::catches, () -> natively(data),
          () -> shapes.stream().mapToInt(s -> s.area(5000)).sum());
      for (Future<Integer> result : pool.invokeAll(jobs)) sum += result.get();
    }
    pool.shutdownNow();
    System.err.println(sum);
  }
}
