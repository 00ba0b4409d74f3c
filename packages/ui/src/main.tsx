// SPDX-License-Identifier: MPL-2.0
// The web UI's empty room: it says which agent serves it. Pages move in with their own issue.

import { render } from 'preact';

function App(): preact.JSX.Element {
  return (
    <>
      <h1>Serai</h1>
      <p>
        The agent at {location.host} is up. Its API is at <a href="/v1/agent/self">/v1/agent/self</a>; the
        command line shows jobs and nodes with <code>serai status</code>.
      </p>
    </>
  );
}

const room = document.getElementById('app');
if (room) render(<App />, room);
