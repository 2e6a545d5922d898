import { randomUUID } from 'node:crypto';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadService } from '../stack/backends/proto.ts';

/** The backend's own call, without a function in between: the same RPC from the bench itself. */
export function directCall(address: string): { send: () => Promise<boolean>; close: () => void } {
  const client = new Client(address, credentials.createInsecure());
  const method = loadService('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService')['TaobaoItemsOnsale'];
  if (method === undefined) throw new Error('bi/leke/v1/goods.proto: expected TaobaoItemsOnsale, got none');
  const { path, requestSerialize, responseDeserialize } = method;
  return {
    send: () => {
      const metadata = new Metadata();
      const runKey = randomUUID();
      metadata.set('x-run-key', runKey);
      const request = { run: { runKey }, shopIds: ['100001', '100002', '100003'], pageSize: 100 };
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error) => {
          if (error === null) resolve(true);
          else reject(error);
        });
      });
    },
    close: () => client.close(),
  };
}
