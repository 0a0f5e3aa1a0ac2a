package dev.seatrial.exchange;

import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service; slowly, if FAULT_START_DELAY_S says so. */
@SpringBootApplication
public class ExchangeServiceApplication {

  public static void main(String[] args) throws InterruptedException {
    Duration delay = Settings.fromEnvironment().seconds("FAULT_START_DELAY_S");
    Thread.sleep(delay.toMillis());
    SpringApplication.run(ExchangeServiceApplication.class, args);
  }
}
