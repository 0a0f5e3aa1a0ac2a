module seatrial.dev/demo/launcher

go 1.21
