package dev.seatrial.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RateTableTest {

  private final RateTable rates = new RateTable();

  @Test
  void aCrossRateGoesThroughTheEuro() {
    assertEquals(Optional.of(new BigDecimal("31.495000")), rates.rate("USD", "TWD").map(this::rounded));
  }

  @Test
  void anUnknownCurrencyHasNoRate() {
    assertTrue(rates.rate("EUR", "XXX").isEmpty());
  }

  private BigDecimal rounded(BigDecimal rate) {
    return rate.setScale(3, java.math.RoundingMode.HALF_EVEN).setScale(6);
  }
}
