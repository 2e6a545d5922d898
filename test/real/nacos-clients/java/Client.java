import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.AbstractListener;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.listener.NamingEvent;
import com.alibaba.nacos.api.naming.pojo.Instance;
import com.alibaba.nacos.shaded.com.google.gson.Gson;
import com.alibaba.nacos.shaded.com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Stands for a backend in Java that uses Nacos by its client: does what the lines on standard input say, one JSON object
 * each, and answers and tells on standard output likewise. Arguments: host port namespace folder [user password].
 */
public final class Client {
  private static final Gson GSON = new Gson();

  private static synchronized void say(Map<String, Object> message) {
    System.out.println(GSON.toJson(message));
  }

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put(PropertyKeyConst.SERVER_ADDR, args[0] + ":" + args[1]);
    properties.put(PropertyKeyConst.NAMESPACE, args[2]);
    if (args.length > 5) {
      properties.put(PropertyKeyConst.USERNAME, args[4]);
      properties.put(PropertyKeyConst.PASSWORD, args[5]);
    }
    ConfigService configs = NacosFactory.createConfigService(properties);
    NamingService naming = NacosFactory.createNamingService(properties);
    say(Map.of("event", "ready"));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonObject asked = GSON.fromJson(line, JsonObject.class);
      String what = asked.get("do").getAsString();
      try {
        say(Map.of("done", what, "value", perform(what, asked, configs, naming)));
      } catch (Exception error) {
        say(Map.of("done", what, "error", String.valueOf(error)));
      }
    }
    System.exit(0);
  }

  private static Object perform(String what, JsonObject asked, ConfigService configs, NamingService naming)
      throws Exception {
    String group = asked.get("group").getAsString();
    switch (what) {
      case "publish":
        return configs.publishConfig(text(asked, "dataId"), group, text(asked, "content"));
      case "get":
        return String.valueOf(configs.getConfig(text(asked, "dataId"), group, 5000));
      case "listen":
        configs.addListener(text(asked, "dataId"), group, new AbstractListener() {
          @Override
          public void receiveConfigInfo(String content) {
            say(Map.of("event", "config", "value", content));
          }
        });
        return true;
      case "register":
        Instance instance = new Instance();
        instance.setIp(text(asked, "ip"));
        instance.setPort(asked.get("port").getAsInt());
        instance.setWeight(asked.get("weight").getAsDouble());
        instance.setMetadata(Map.of("lang", "java"));
        naming.registerInstance(text(asked, "service"), group, instance);
        return true;
      case "deregister":
        naming.deregisterInstance(text(asked, "service"), group, text(asked, "ip"), asked.get("port").getAsInt());
        return true;
      case "list":
        return describe(naming.getAllInstances(text(asked, "service"), group, false));
      case "subscribe":
        naming.subscribe(text(asked, "service"), group, event -> {
          if (event instanceof NamingEvent found) {
            say(Map.of("event", "instances", "value", describe(found.getInstances())));
          }
        });
        return true;
      default:
        throw new IllegalArgumentException(what + ": expected a known command");
    }
  }

  private static String text(JsonObject asked, String name) {
    return asked.get(name).getAsString();
  }

  private static List<Map<String, Object>> describe(List<Instance> instances) {
    return instances.stream()
        .map(one -> Map.<String, Object>of(
            "ip", one.getIp(), "port", one.getPort(), "weight", one.getWeight(), "healthy", one.isHealthy()))
        .toList();
  }
}
