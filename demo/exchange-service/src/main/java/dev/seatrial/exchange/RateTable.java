package dev.seatrial.exchange;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Rates against the euro, and the cross rates computed from them, each computed once. */
final class RateTable {

  private static final Map<String, BigDecimal> PER_EURO =
      Map.of(
          "EUR", new BigDecimal("1"),
          "USD", new BigDecimal("1.1786"),
          "TWD", new BigDecimal("37.12"),
          "JPY", new BigDecimal("184.05"),
          "GBP", new BigDecimal("0.8731"),
          "CHF", new BigDecimal("0.9298"));

  // At most one entry for each pair of known currencies.
  private final Map<String, BigDecimal> crossRates = new ConcurrentHashMap<>();

  Optional<BigDecimal> rate(String base, String quote) {
    BigDecimal perEuroBase = PER_EURO.get(base);
    BigDecimal perEuroQuote = PER_EURO.get(quote);
    if (perEuroBase == null || perEuroQuote == null) {
      return Optional.empty();
    }
    return Optional.of(
        crossRates.computeIfAbsent(
            base + "/" + quote,
            pair ->
                perEuroQuote
                    .divide(perEuroBase, MathContext.DECIMAL64)
                    .setScale(6, RoundingMode.HALF_EVEN)));
  }
}
