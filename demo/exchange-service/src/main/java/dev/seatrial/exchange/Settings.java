package dev.seatrial.exchange;

import java.time.Duration;
import java.util.Map;

/** The environment, read as numbers; what is not set is 0, and 0 switches a behaviour off. */
record Settings(Map<String, String> environment) {

  static Settings fromEnvironment() {
    return new Settings(System.getenv());
  }

  double number(String name) {
    String text = environment.getOrDefault(name, "").strip();
    try {
      return text.isEmpty() ? 0 : Double.parseDouble(text);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(name + " must be a number");
    }
  }

  boolean isSet(String name) {
    return !environment.getOrDefault(name, "").isBlank();
  }

  Duration seconds(String name) {
    return Duration.ofMillis(Math.round(number(name) * 1000));
  }
}
