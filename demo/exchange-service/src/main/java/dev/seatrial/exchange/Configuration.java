package dev.seatrial.exchange;

import org.springframework.context.annotation.Bean;

/** Puts the parts together. */
@org.springframework.context.annotation.Configuration
class Configuration {

  @Bean
  Settings settings() {
    return Settings.fromEnvironment();
  }

  @Bean
  RateTable rateTable() {
    return new RateTable();
  }

  @Bean
  QuoteHistory quoteHistory(Settings settings) {
    return QuoteHistory.forHeap(Runtime.getRuntime().maxMemory(), settings);
  }
}
