package dev.seatrial.exchange;

import java.util.ArrayList;
import java.util.List;

/**
 * Past quotes, kept in memory: as many as the heap's maximum leaves beyond a reserve for requests.
 *
 * <p>This is why the flags matter: with a maximum that was sized for the machine and not for the
 * container, the history still has budget when the kernel has none left.
 */
final class QuoteHistory {

  private static final long MIB = 1024L * 1024L;

  /** Two G1 regions and not a byte more, header included: allocated once, copied never. */
  static final int BLOCK_BYTES = (int) (2 * MIB) - 16;

  private final long budgetBytes;
  private final List<byte[]> blocks = new ArrayList<>();

  QuoteHistory(long budgetBytes) {
    this.budgetBytes = budgetBytes;
  }

  static QuoteHistory forHeap(long heapBytesMax, Settings settings) {
    long reserveBytes = Math.round(settings.number("HISTORY_RESERVE_MIB") * MIB);
    return new QuoteHistory(Math.max(0, heapBytesMax - reserveBytes));
  }

  /** Loads one more block; false when the budget is used up. */
  synchronized boolean loadBlock() {
    if ((blocks.size() + 1L) * BLOCK_BYTES > budgetBytes) {
      return false;
    }
    blocks.add(new byte[BLOCK_BYTES]);
    return true;
  }

  synchronized long bytes() {
    return (long) blocks.size() * BLOCK_BYTES;
  }

  long budgetBytes() {
    return budgetBytes;
  }
}
