package dev.seatrial.exchange;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The service's own load: fills the history after the start, and asks itself for rates. */
@Component
class Load {

  private static final Logger LOG = LoggerFactory.getLogger(Load.class);
  private static final String[] CURRENCIES = {"EUR", "USD", "TWD", "JPY", "GBP", "CHF"};

  private final Settings settings;
  private final QuoteHistory history;
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(
          2,
          work -> {
            Thread thread = new Thread(work, "load");
            thread.setDaemon(true);
            return thread;
          });

  private long asked;

  Load(Settings settings, QuoteHistory history) {
    this.settings = settings;
    this.history = history;
  }

  @EventListener
  void start(ApplicationReadyEvent ready) {
    double mibPerS = settings.number("LOAD_HISTORY_MIB_PER_S");
    if (mibPerS > 0) {
      LOG.info("Loading the quote history: up to {} MiB", history.budgetBytes() >> 20);
      double secondsPerBlock = QuoteHistory.BLOCK_BYTES / (mibPerS * 1024 * 1024);
      repeat(this::loadHistory, settings.number("LOAD_HISTORY_AFTER_S"), secondsPerBlock);
    }
    double requestsPerS = settings.number("LOAD_REQUESTS_PER_S");
    if (requestsPerS > 0) {
      int port = ((WebServerApplicationContext) ready.getApplicationContext()).getWebServer().getPort();
      repeat(() -> ask(port), 0, 1 / requestsPerS);
    }
  }

  private void repeat(Runnable work, double afterSeconds, double everySeconds) {
    timer.scheduleAtFixedRate(work, micros(afterSeconds), Math.max(1, micros(everySeconds)), TimeUnit.MICROSECONDS);
  }

  private static long micros(double seconds) {
    return Math.round(seconds * 1_000_000);
  }

  private void loadHistory() {
    if (!history.loadBlock()) {
      LOG.info("The quote history is complete: {} MiB", history.bytes() >> 20);
      throw new HistoryIsComplete();
    }
  }

  private void ask(int port) {
    String base = CURRENCIES[(int) (asked % CURRENCIES.length)];
    String quote = CURRENCIES[(int) (asked / CURRENCIES.length % CURRENCIES.length)];
    asked++;
    try {
      URI rates = URI.create("http://127.0.0.1:" + port + "/rates/" + base + "/" + quote);
      HttpURLConnection connection = (HttpURLConnection) rates.toURL().openConnection();
      connection.setConnectTimeout(2_000);
      connection.setReadTimeout(2_000);
      connection.getResponseCode();
      connection.disconnect();
    } catch (IOException unanswered) {
      LOG.debug("A request of our own was not answered", unanswered);
    }
  }

  /** Ends the repeated task: the executor's contract for a task that throws. */
  private static final class HistoryIsComplete extends RuntimeException {}
}
