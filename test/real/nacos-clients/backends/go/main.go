// It stands for a backend of your own: registers itself in Nacos and answers every method with an empty reply.
package main

import (
	"flag"
	"log"
	"net"
	"os"

	"github.com/nacos-group/nacos-sdk-go/v2/clients"
	"github.com/nacos-group/nacos-sdk-go/v2/common/constant"
	"github.com/nacos-group/nacos-sdk-go/v2/vo"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

func main() {
	nacosPort := flag.Uint64("nacos-port", 8848, "HTTP port of Nacos; gRPC is on port + 1000")
	weight := flag.Float64("weight", 1, "how often it is chosen, relative to the others")
	flag.Parse()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	// Yours: pb.RegisterOrderServiceServer(server, &orderService{}) instead of the handler for any method.
	server := grpc.NewServer(grpc.UnknownServiceHandler(answerEmpty))

	naming, err := clients.NewNamingClient(vo.NacosClientParam{
		ClientConfig: constant.NewClientConfig(
			constant.WithNotLoadCacheAtStart(true), constant.WithLogDir(os.TempDir()), constant.WithCacheDir(os.TempDir())),
		ServerConfigs: []constant.ServerConfig{*constant.NewServerConfig("127.0.0.1", *nacosPort)},
	})
	check(err)
	_, err = naming.RegisterInstance(vo.RegisterInstanceParam{
		ServiceName: "bi-api-leke", Ip: "127.0.0.1", Port: uint64(listener.Addr().(*net.TCPAddr).Port),
		Weight: *weight, Enable: true, Healthy: true, Ephemeral: true,
	})
	check(err)
	log.Printf("registered as bi-api-leke at %s", listener.Addr())
	check(server.Serve(listener))
}

func answerEmpty(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	log.Printf("called %s", method)
	var request emptypb.Empty
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	return stream.SendMsg(&emptypb.Empty{})
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
