import { notice, post } from './call-api.ts';
import { build, faults, link } from './store.ts';

/** What a person should know before anything else on the page. */
export function Banners() {
  return (
    <div class="banners">
      {link.value === 'lost' && (
        <p class="banner" role="alert">
          <span>
            The server does not answer. The page shows what it knew last, and goes on by itself when{' '}
            <code>make dev</code> is back.
          </span>
        </p>
      )}
      {build.value.problem !== undefined && (
        <pre class="banner" role="alert">
          The source does not build; the last good build runs on.{'\n'}
          {build.value.problem}
        </pre>
      )}
      {notice.value !== '' && (
        <p class="banner" role="alert">
          {notice.value}
          <button type="button" onClick={() => (notice.value = '')}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}

/** What is broken on purpose, so that nobody looks for another cause. */
export function FaultNotice() {
  const broken = faults.value.filter(({ isOn }) => isOn);
  const mend = (): void => {
    for (const { name } of broken) post(`/api/faults/${name}`, { isOn: false });
  };
  if (broken.length === 0) return <></>;
  return (
    <p class="fault-notice" role="status">
      <span>
        Broken on purpose: <b>{broken.map(({ title }) => title).join(', ')}</b>
      </span>
      <button type="button" onClick={mend}>
        Mend
      </button>
    </p>
  );
}
