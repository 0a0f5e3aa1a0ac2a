package dev.seatrial.exchange;

import java.time.Duration;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Does not answer, from FAULT_HEALTH_HANG_AFTER_S seconds after the start on, if that is set. */
@Component
class HangingHealth implements HealthIndicator {

  private static final Duration HANG = Duration.ofMinutes(5);

  private final boolean hangs;
  private final long fromNanos;

  HangingHealth(Settings settings) {
    hangs = settings.isSet("FAULT_HEALTH_HANG_AFTER_S");
    fromNanos = System.nanoTime() + settings.seconds("FAULT_HEALTH_HANG_AFTER_S").toNanos();
  }

  @Override
  public Health health() {
    if (hangs && System.nanoTime() >= fromNanos) {
      try {
        Thread.sleep(HANG.toMillis());
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }
    return Health.up().build();
  }
}
