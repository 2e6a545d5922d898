import { expect, it, onTestFinished } from 'vitest';
import { startGuarded, untilLetIn } from '../caller-journeys.ts';
import { makeSigningKey, openOidcIssuer } from './provider.ts';

it('a key that begins to sign is accepted without a restart, and one that was withdrawn is not', async () => {
  const [first, second] = [makeSigningKey('first'), makeSigningKey('second')];
  const issuer = await openOidcIssuer(first);
  onTestFinished(() => issuer.close());
  const guarded = await startGuarded(issuer.env);
  onTestFinished(() => guarded.close());
  const oldToken = await issuer.token('bi-cron');
  expect((await guarded.send(oldToken)).status).toBe(200);

  issuer.rotate(second, first);
  const newToken = await issuer.token('bi-cron');
  await untilLetIn(guarded, newToken);
  expect((await guarded.send(oldToken)).status).toBe(200);

  issuer.rotate(second);
  const later = await startGuarded(issuer.env);
  onTestFinished(() => later.close());
  expect((await later.send(newToken)).status).toBe(200);
  expect(await later.send(oldToken)).toEqual({
    status: 401,
    message: expect.stringContaining('got one signed by an unknown key') as string,
  });
});
