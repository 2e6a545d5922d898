// Sender stands for Knative's PingSource and Broker: events as cloudevents/sdk-go encodes them, repeated by the policies that
// the two set, answers parsed as a Broker parses them. POST /send takes an Order and answers with a Delivery.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/hashicorp/go-retryablehttp"
)

// Order says what is sent, where and how.
type Order struct {
	Policy string          // "PingSource" or "Broker"
	Target string          // URL
	Event  json.RawMessage // as structured JSON; sent in binary mode
	Retry  int             // of a Broker: spec.delivery.retry
	Delay  int             // of a Broker, in ms: spec.delivery.backoffDelay, exponential
}

// Attempt is one request: its answer's status, or why there is none.
type Attempt struct {
	Status int                 `json:"status,omitempty"`
	Error  string              `json:"error,omitempty"`
	Sent   map[string][]string `json:"sent"`
}

// Delivery is what came of an event.
type Delivery struct {
	Attempts []Attempt    `json:"attempts"`
	Acked    bool         `json:"acked"`
	Reply    *event.Event `json:"reply,omitempty"`   // what a Broker would send on
	Problem  string       `json:"problem,omitempty"` // why it was not acknowledged
	Body     string       `json:"body"`              // of the last answer
}

// recorder notes each request that its transport makes, the header names as they go out.
type recorder struct {
	mutex    sync.Mutex
	attempts []Attempt
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	attempt := Attempt{Sent: request.Header.Clone()}
	if err != nil {
		attempt.Error = err.Error()
	} else {
		attempt.Status = response.StatusCode
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.attempts = append(r.attempts, attempt)
	return response, err
}

func main() {
	http.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		var order Order
		var sent event.Event
		err := json.NewDecoder(r.Body).Decode(&order)
		if err == nil {
			err = json.Unmarshal(order.Event, &sent)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		send := map[string]func(context.Context, Order, event.Event, *recorder) Delivery{
			"PingSource": sendAsPingSource, "Broker": sendAsBroker,
		}[order.Policy]
		seen := &recorder{}
		delivery := send(r.Context(), order, sent, seen)
		delivery.Attempts = seen.attempts
		w.Header().Set("content-type", "application/json")
		_ = json.NewEncoder(w).Encode(delivery)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"control\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}

// sendAsPingSource does what knative.dev/eventing's pkg/adapter/mtping does at a tick.
func sendAsPingSource(ctx context.Context, order Order, sent event.Event, seen *recorder) Delivery {
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(order.Target), cehttp.WithRoundTripper(seen))
	if err != nil {
		return Delivery{Problem: err.Error()}
	}
	ctx = cloudevents.ContextWithRetriesExponentialBackoff(ctx, 50*time.Millisecond, 5)
	result := client.Send(ctx, sent)
	delivery := Delivery{Acked: cloudevents.IsACK(result)}
	if !delivery.Acked {
		delivery.Problem = result.Error()
	}
	return delivery
}

// sendAsBroker does what knative.dev/eventing's pkg/kncloudevents does with a Trigger's event.
func sendAsBroker(ctx context.Context, order Order, sent event.Event, seen *recorder) Delivery {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, order.Target, nil)
	if err != nil {
		return Delivery{Problem: err.Error()}
	}
	request.Header.Set("Prefer", "reply")
	if err := cehttp.WriteRequest(binding.WithForceBinary(ctx), binding.ToMessage(&sent), request); err != nil {
		return Delivery{Problem: err.Error()}
	}
	repeatable, err := retryablehttp.FromRequest(request)
	if err != nil {
		return Delivery{Problem: err.Error()}
	}
	client := retryablehttp.Client{
		HTTPClient: &http.Client{Transport: seen},
		RetryMax:   order.Retry,
		CheckRetry: func(_ context.Context, response *http.Response, err error) (bool, error) {
			return err != nil || isRepeated(response.StatusCode), nil
		},
		Backoff: func(_, _ time.Duration, attempt int, _ *http.Response) time.Duration {
			return time.Duration(float64(order.Delay)*math.Exp2(float64(attempt))) * time.Millisecond
		},
		ErrorHandler: func(response *http.Response, err error, _ int) (*http.Response, error) { return response, err },
	}
	response, err := client.Do(repeatable)
	if err != nil {
		return Delivery{Problem: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		body, _ := io.ReadAll(response.Body)
		return Delivery{Problem: response.Status, Body: string(body)}
	}
	return readReply(ctx, response)
}

func isRepeated(status int) bool {
	return status >= 500 || status == http.StatusNotFound || status == http.StatusRequestTimeout ||
		status == http.StatusConflict || status == http.StatusTooManyRequests
}

// readReply takes an answer's body for the event that it must be, if there is a body at all.
func readReply(ctx context.Context, response *http.Response) Delivery {
	message := cehttp.NewMessageFromHttpResponse(response)
	if message.ReadEncoding() == binding.EncodingUnknown {
		body, _ := io.ReadAll(response.Body)
		if len(body) == 0 {
			return Delivery{Acked: true}
		}
		return Delivery{Problem: "502: received a non-empty response not recognized as CloudEvent", Body: string(body)}
	}
	reply, err := binding.ToEvent(ctx, message)
	if err == nil {
		err = reply.Validate()
	}
	if err != nil {
		return Delivery{Problem: "502: " + err.Error()}
	}
	return Delivery{Acked: true, Reply: reply}
}
