package main

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type method struct {
	name, path    string
	input, output protoreflect.MessageDescriptor
}

type service struct {
	name    string
	methods []method
}

// readServices compiles all protos below the folder; no stubs are generated, so that a fifth task's service is served too.
func readServices(root string) ([]service, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".proto") {
			name, _ := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{root}}),
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		return nil, err
	}
	var services []service
	for _, file := range files {
		for index := range file.Services().Len() {
			described := file.Services().Get(index)
			found := service{name: string(described.FullName())}
			for at := range described.Methods().Len() {
				m := described.Methods().Get(at)
				path := "/" + found.name + "/" + string(m.Name())
				found.methods = append(found.methods, method{string(m.Name()), path, m.Input(), m.Output()})
			}
			services = append(services, found)
		}
	}
	return services, nil
}

func (s service) describe(handle func(method, grpc.ServerStream) error) *grpc.ServiceDesc {
	described := &grpc.ServiceDesc{ServiceName: s.name}
	for _, m := range s.methods {
		described.Streams = append(described.Streams, grpc.StreamDesc{
			StreamName:    m.name,
			ServerStreams: true,
			Handler:       func(_ any, stream grpc.ServerStream) error { return handle(m, stream) },
		})
	}
	return described
}
