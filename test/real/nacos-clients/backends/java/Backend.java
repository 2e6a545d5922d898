import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.pojo.Instance;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;

/** A backend that registers itself in Nacos and answers every method with an empty reply. Arguments: [Nacos' port [weight]]. */
public final class Backend {
  public static void main(String[] args) throws Exception {
    String nacosPort = args.length > 0 ? args[0] : "8848"; // gRPC is on port + 1000
    double weight = args.length > 1 ? Double.parseDouble(args[1]) : 1;

    // Yours: .addService(new OrderService()) instead of the registry of any method.
    Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
        .fallbackHandlerRegistry(new AnyMethod())
        .build()
        .start();

    Instance instance = new Instance();
    instance.setIp("127.0.0.1");
    instance.setPort(server.getPort());
    instance.setWeight(weight);
    NamingService naming = NacosFactory.createNamingService("127.0.0.1:" + nacosPort);
    naming.registerInstance("bi-api-leke", instance);
    System.err.println("registered as bi-api-leke at 127.0.0.1:" + server.getPort());
    server.awaitTermination();
  }

  private static final class AnyMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String method, String authority) {
      System.err.println("called " + method);
      MethodDescriptor<byte[], byte[]> unary = MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(method)
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();
      return ServerMethodDefinition.create(unary, ServerCalls.asyncUnaryCall((request, reply) -> {
        reply.onNext(new byte[0]);
        reply.onCompleted();
      }));
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
    }
  }
}
