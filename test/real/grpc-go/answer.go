package main

import (
	"encoding/json"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // registers the compressor
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Answer is what one call gets, or several.
type Answer struct {
	Times        int // 0: all further calls
	DelayMs      int
	Hang         bool // until the caller or the connection goes
	HeadersFirst bool
	Code         codes.Code // as number or name, such as "UNAVAILABLE"
	Message      string
	RetryDelayMs int               // google.rpc.RetryInfo in the status details
	Trailers     map[string]string // trailing metadata
	Gzip         bool
	Replies      *int            // messages before the status; 1 when the code is OK, else 0
	Reply        json.RawMessage // as proto3 JSON
}

func (answer Answer) give(m method, stream grpc.ServerStream) error {
	if answer.Gzip {
		if err := grpc.SetSendCompressor(stream.Context(), "gzip"); err != nil {
			return err
		}
	}
	if answer.HeadersFirst {
		if err := stream.SendHeader(nil); err != nil {
			return err
		}
	}
	wait := time.After(milliseconds(answer.DelayMs))
	if answer.Hang {
		wait = nil
	}
	select {
	case <-wait:
	case <-stream.Context().Done():
		return status.FromContextError(stream.Context().Err()).Err()
	}
	reply := dynamicpb.NewMessage(m.output)
	if answer.Reply != nil {
		if err := protojson.Unmarshal(answer.Reply, reply); err != nil {
			return err
		}
	}
	replies := map[bool]int{true: 1}[answer.Code == codes.OK]
	if answer.Replies != nil {
		replies = *answer.Replies
	}
	for range replies {
		if err := stream.SendMsg(reply); err != nil {
			return err
		}
	}
	stream.SetTrailer(metadata.New(answer.Trailers))
	ending := status.New(answer.Code, answer.Message)
	if answer.RetryDelayMs > 0 {
		retry := &errdetails.RetryInfo{RetryDelay: durationpb.New(milliseconds(answer.RetryDelayMs))}
		ending, _ = ending.WithDetails(retry)
	}
	return ending.Err()
}
