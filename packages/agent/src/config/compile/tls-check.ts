// SPDX-License-Identifier: MPL-2.0
// The tls block, as far as it can be judged without opening files. Whether missing files are an error depends on who
// issues the certificates, so that is left to the TLS setup.

import type { AgentSettings } from '../schema/agent.ts';
import type { Problems } from './problems.ts';

const suites: ReadonlySet<string> = new Set([
  ...both('CHACHA20_POLY1305'),
  ...both('AES_128_GCM_SHA256'),
  ...both('AES_256_GCM_SHA384'),
  ...both('AES_128_CBC_SHA256'),
  ...both('AES_128_CBC_SHA'),
  ...both('AES_256_CBC_SHA'),
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
]);

function both(cipher: string): string[] {
  return [`TLS_ECDHE_RSA_WITH_${cipher}`, `TLS_ECDHE_ECDSA_WITH_${cipher}`];
}

export function checkTls(settings: AgentSettings, problems: Problems): void {
  const { tls } = settings;
  for (const name of tls.tlsCipherSuites.split(',').filter((each) => each !== '')) {
    if (!suites.has(name))
      problems.error('tls.tls_cipher_suites', `unsupported TLS cipher ${JSON.stringify(name)}`);
  }
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    const [missing, given] = tls.certFile === '' ? ['cert_file', 'key_file'] : ['key_file', 'cert_file'];
    problems.error(`tls.${given}`, `tls.${missing} is missing: a certificate and its key belong together`);
  }
  const files = tls.caFile !== '' || tls.certFile !== '';
  if (files && !tls.http && !tls.rpc) {
    problems.warning(
      'tls.ca_file',
      'the tls block names files, but neither http nor rpc is on, so TLS is off',
    );
  }
  if (tls.verifyHttpsClient && !tls.http) {
    problems.warning('tls.verify_https_client', 'verify_https_client has no effect while tls.http is off');
  }
}
