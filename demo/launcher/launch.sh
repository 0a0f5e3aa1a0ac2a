#!/bin/sh
# Starts the JVM. ARGS1 is left unquoted on purpose: it is a list of flags. `set -f`: a flag such as -Xlog:gc* is no file pattern.
set -ef
mkdir -p "$LOG_DIR"
exec /opt/java/bin/java $ARGS1 -jar /opt/app/exchange-service.jar
