package dev.seatrial.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class QuoteHistoryTest {

  private static final long MIB = 1024 * 1024;
  private static final Settings RESERVE_124_MIB = new Settings(Map.of("HISTORY_RESERVE_MIB", "124"));

  @Test
  void theHistoryStopsAtWhatTheReserveLeaves() {
    QuoteHistory history = QuoteHistory.forHeap(128 * MIB, RESERVE_124_MIB);
    assertTrue(history.loadBlock());
    assertTrue(history.loadBlock());
    assertFalse(history.loadBlock());
    assertEquals(2L * QuoteHistory.BLOCK_BYTES, history.bytes());
  }

  @Test
  void aHeapSmallerThanTheReserveKeepsNoHistory() {
    assertFalse(QuoteHistory.forHeap(64 * MIB, RESERVE_124_MIB).loadBlock());
  }
}
