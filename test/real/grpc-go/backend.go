package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Settings of one server; PEM texts, milliseconds, 0 for the library's default.
type Settings struct {
	MaxConnectionAgeMs, MaxConnectionAgeGraceMs int
	KeepaliveMinTimeMs                          int
	MaxReceiveBytes                             int
	TLS                                         *struct{ Cert, Key, ClientCa string }
}

// Call is one run of the handler.
type Call struct {
	Method    string              `json:"method"`
	Metadata  map[string][]string `json:"metadata"`
	Deadline  bool                `json:"deadline"`
	ALPN      string              `json:"alpn"`
	Client    string              `json:"client"` // the subject of its certificate
	Cancelled bool                `json:"cancelled"`
	Ended     bool                `json:"ended"`
}

type backend struct {
	server *grpc.Server
	mutex  sync.Mutex
	script []Answer
	calls  []*Call
}

func startBackend(services []service, settings Settings) (*backend, int, error) {
	options := []grpc.ServerOption{
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge:      milliseconds(settings.MaxConnectionAgeMs),
			MaxConnectionAgeGrace: milliseconds(settings.MaxConnectionAgeGraceMs),
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: milliseconds(settings.KeepaliveMinTimeMs)}),
	}
	if settings.MaxReceiveBytes > 0 {
		options = append(options, grpc.MaxRecvMsgSize(settings.MaxReceiveBytes))
	}
	if settings.TLS != nil {
		config, err := tlsConfig(settings.TLS.Cert, settings.TLS.Key, settings.TLS.ClientCa)
		if err != nil {
			return nil, 0, err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	b := &backend{server: grpc.NewServer(options...)}
	for _, service := range services {
		b.server.RegisterService(service.describe(b.handle), nil)
	}
	go func() { _ = b.server.Serve(listener) }()
	return b, listener.Addr().(*net.TCPAddr).Port, nil
}

// handle is every method's handler, as a stream, so that a message and a failing status can follow each other.
func (b *backend) handle(m method, stream grpc.ServerStream) error {
	if err := stream.RecvMsg(dynamicpb.NewMessage(m.input)); err != nil {
		return err
	}
	answer, call := b.take(stream.Context(), m)
	err := answer.give(m, stream)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	call.Ended, call.Cancelled = true, stream.Context().Err() != nil
	return err
}

func (b *backend) take(ctx context.Context, m method) (Answer, *Call) {
	headers, _ := metadata.FromIncomingContext(ctx)
	_, hasDeadline := ctx.Deadline()
	call := &Call{Method: m.path, Metadata: headers, Deadline: hasDeadline}
	if from, ok := peer.FromContext(ctx); ok {
		if info, ok := from.AuthInfo.(credentials.TLSInfo); ok {
			call.ALPN = info.State.NegotiatedProtocol
			for _, certificate := range info.State.PeerCertificates[:min(1, len(info.State.PeerCertificates))] {
				call.Client = certificate.Subject.CommonName
			}
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.calls = append(b.calls, call)
	if len(b.script) == 0 {
		return Answer{}, call
	}
	answer := b.script[0]
	if answer.Times > 0 {
		b.script[0].Times--
		if b.script[0].Times == 0 {
			b.script = b.script[1:]
		}
	}
	return answer, call
}

func (b *backend) setScript(script []Answer) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.script, b.calls = script, nil
}

func (b *backend) seen() []Call {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	seen := []Call{}
	for _, call := range b.calls {
		seen = append(seen, *call)
	}
	return seen
}

func (b *backend) stop(graceful bool) {
	if graceful {
		go b.server.GracefulStop() // a call under way may go on
	} else {
		b.server.Stop()
	}
}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }

func tlsConfig(cert, key, clientCa string) (*tls.Config, error) {
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if clientCa != "" {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM([]byte(clientCa)) {
			return nil, errors.New("clientCa: no certificate")
		}
	}
	return config, nil
}
