package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// forward carries connections from a listener that was opened in the host's network (inherited as file descriptor
// argv[1]) to the address argv[2] in this process's own network. A socket stays in the network namespace it was made
// in, so the host needs no link, no route and no firewall rule to reach the cluster: only this one port on loopback.
func forward() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: forward LISTENER-FD ADDRESS")
		os.Exit(2)
	}
	var fd uintptr
	if _, err := fmt.Sscan(os.Args[1], &fd); err != nil {
		fmt.Fprintf(os.Stderr, "forward: %q is no file descriptor\n", os.Args[1])
		os.Exit(2)
	}
	listener, err := net.FileListener(os.NewFile(fd, "listener"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "forward:", err)
		os.Exit(1)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "forward:", err)
			os.Exit(1)
		}
		go carry(connection.(*net.TCPConn), os.Args[2])
	}
}

func carry(outside *net.TCPConn, address string) {
	defer outside.Close()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	inside := connection.(*net.TCPConn)
	defer inside.Close()
	var both sync.WaitGroup
	both.Go(func() { pass(inside, outside) })
	both.Go(func() { pass(outside, inside) })
	both.Wait()
}

// pass copies one direction and hands its end on, so that a half-closed connection stays one.
func pass(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil {
		from.CloseRead()
	}
	to.CloseWrite()
}
