// Grpc-go stands for a backend written in Go: real gRPC servers for every service of protos/, told by HTTP what each call gets.
//
//	POST   /servers              Settings -> {"port"}
//	PUT    /servers/{port}       []Answer: what the next calls get; OK when all are used up
//	GET    /servers/{port}       []Call: the handler's runs so far
//	DELETE /servers/{port}       stops it: GOAWAY and wait with ?graceful, else at once
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
)

var (
	mutex   sync.Mutex
	servers = map[int]*backend{}
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: grpc-go <folder of the protos>")
	}
	services, err := readServices(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /servers", func(w http.ResponseWriter, r *http.Request) {
		var settings Settings
		if !decode(w, r, &settings) {
			return
		}
		started, port, err := startBackend(services, settings)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mutex.Lock()
		defer mutex.Unlock()
		servers[port] = started
		encode(w, map[string]int{"port": port})
	})
	http.HandleFunc("PUT /servers/{port}", func(w http.ResponseWriter, r *http.Request) {
		var script []Answer
		if b := find(w, r); b != nil && decode(w, r, &script) {
			b.setScript(script)
			encode(w, nil)
		}
	})
	http.HandleFunc("GET /servers/{port}", func(w http.ResponseWriter, r *http.Request) {
		if b := find(w, r); b != nil {
			encode(w, b.seen())
		}
	})
	http.HandleFunc("DELETE /servers/{port}", func(w http.ResponseWriter, r *http.Request) {
		if b := find(w, r); b != nil {
			b.stop(r.URL.Query().Has("graceful"))
			encode(w, nil)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"control\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}

func find(w http.ResponseWriter, r *http.Request) *backend {
	port, _ := strconv.Atoi(r.PathValue("port"))
	mutex.Lock()
	defer mutex.Unlock()
	if servers[port] == nil {
		http.Error(w, "no such server", http.StatusNotFound)
	}
	return servers[port]
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func encode(w http.ResponseWriter, value any) {
	w.Header().Set("content-type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
