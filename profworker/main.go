package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"

	"muster/worker/host"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	config, err := host.ReadConfig()
	if err != nil {
		panic(err)
	}
	runtime.SetMutexProfileFraction(0)
	f, _ := os.Create("/tmp/prof/worker.cpu")
	pprof.StartCPUProfile(f)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	_ = host.Run(ctx, config, logger)
	pprof.StopCPUProfile()
	f.Close()
	f, _ = os.Create("/tmp/prof/worker.allocs")
	pprof.Lookup("allocs").WriteTo(f, 0)
	f.Close()
}
