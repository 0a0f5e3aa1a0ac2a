package dev.seatrial.exchange;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** GET /rates/EUR/TWD; a share of the answers is 503 if FAULT_ERROR_SHARE says so. */
@RestController
class RatesController {

  record Quote(String base, String quote, BigDecimal rate) {}

  private final RateTable rates;
  private final double errorShare;

  RatesController(RateTable rates, Settings settings) {
    this.rates = rates;
    this.errorShare = settings.number("FAULT_ERROR_SHARE");
  }

  @GetMapping("/rates/{base}/{quote}")
  Quote rate(@PathVariable String base, @PathVariable String quote) {
    if (ThreadLocalRandom.current().nextDouble() < errorShare) {
      throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "rate source unavailable");
    }
    String from = base.toUpperCase(Locale.ROOT);
    String to = quote.toUpperCase(Locale.ROOT);
    return rates
        .rate(from, to)
        .map(rate -> new Quote(from, to, rate))
        .orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "no such currency"));
  }
}
