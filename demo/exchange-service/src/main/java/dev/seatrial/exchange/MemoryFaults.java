package dev.seatrial.exchange;

import jakarta.annotation.PostConstruct;
import java.lang.ref.Reference;
import jakarta.annotation.PostConstruct;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import sun.misc.Unsafe;

/** Memory that is taken and never given back: heap, or native, at a rate, after a delay. */
@Component
class MemoryFaults {

  private static final Logger LOG = LoggerFactory.getLogger(MemoryFaults.class);
  private static final int BLOCK_BYTES = QuoteHistory.BLOCK_BYTES;

  private final Settings settings;
  private final List<byte[]> leaked = new ArrayList<>();

  MemoryFaults(Settings settings) {
    this.settings = settings;
  }

  /** Before the web server listens: without a delay, a native leak ends the service before it is Ready. */
  @PostConstruct
  void start() {
    double heapMibPerS = settings.number("FAULT_HEAP_LEAK_MIB_PER_S");
    if (heapMibPerS > 0) {
      Duration delay = settings.seconds("FAULT_HEAP_LEAK_AFTER_S");
      inThread("rates-import", () -> leakHeap(heapMibPerS, delay));
    }
    double nativeMibPerS = settings.number("FAULT_NATIVE_LEAK_MIB_PER_S");
    if (nativeMibPerS > 0) {
      Duration delay = settings.seconds("FAULT_NATIVE_LEAK_AFTER_S");
      inThread("rates-codec", () -> leakNative(nativeMibPerS, delay));
    }
  }

  /**
   * Fills the heap until the JVM throws OutOfMemoryError in this thread, which dies of it. Its
   * staging area dies with it: enough for the rest of the service to go on, and to say it is UP.
   */
  private void leakHeap(double mibPerS, Duration delay) {
    pause(delay);
    LOG.info("Importing rates");
    List<byte[]> staging = blocks(Runtime.getRuntime().maxMemory() / 8);
    try {
      while (true) {
        leaked.add(new byte[BLOCK_BYTES]);
        pause(perBlock(mibPerS));
      }
    } finally {
      Reference.reachabilityFence(staging);
    }
  }

  private static List<byte[]> blocks(long bytes) {
    List<byte[]> blocks = new ArrayList<>();
    for (long taken = 0; taken < bytes; taken += BLOCK_BYTES) {
      blocks.add(new byte[BLOCK_BYTES]);
    }
    return blocks;
  }

  private static Duration perBlock(double mibPerS) {
    return Duration.ofNanos(Math.round(BLOCK_BYTES / (mibPerS * 1024 * 1024) * 1e9));
  }

  /** Takes memory that no heap maximum bounds; only the kernel's limit ends this. */
  private void leakNative(double mibPerS, Duration delay) {
    pause(delay);
    LOG.info("Decoding rates");
    Unsafe memory = unsafe();
    while (true) {
      memory.setMemory(memory.allocateMemory(BLOCK_BYTES), BLOCK_BYTES, (byte) 1);
      pause(perBlock(mibPerS));
    }
  }

  private static Unsafe unsafe() {
    try {
      Field instance = Unsafe.class.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return (Unsafe) instance.get(null);
    } catch (ReflectiveOperationException notThisJvm) {
      throw new IllegalStateException(notThisJvm);
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static void inThread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }
}
