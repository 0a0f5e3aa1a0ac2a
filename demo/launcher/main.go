// Starts the JVM where the image has no shell to expand $ARGS1: split at blanks, then replaced by java.
package main

import (
	"os"
	"strings"
	"syscall"
)

const (
	java = "/opt/java/bin/java"
	jar  = "/opt/app/exchange-service.jar"
)

func main() {
	if err := os.MkdirAll(os.Getenv("LOG_DIR"), 0o755); err != nil {
		fail(err)
	}
	argv := append([]string{java}, strings.Fields(os.Getenv("ARGS1"))...)
	fail(syscall.Exec(java, append(argv, "-jar", jar), os.Environ()))
}

func fail(err error) {
	os.Stderr.WriteString("launcher: " + err.Error() + "\n")
	os.Exit(1)
}
