import type { DataSourcePluginOptionsEditorProps, SelectableValue } from '@grafana/data';
import { Alert, Field, FieldSet, Input, RadioButtonGroup, SecretInput, SecretTextArea, Switch } from '@grafana/ui';
import React, { useId } from 'react';

import { selectors } from '../selectors';
import { DEFAULT_TIMEOUT_SECONDS, type FullRole, type HelpdeskSecrets, type HelpdeskSettings } from '../types';

const WIDTH = 60;

const roles: Array<SelectableValue<FullRole> & { value: FullRole }> = [
  { value: '', label: 'Nobody', description: 'Texts are masked for everyone, also for administrators' },
  { value: 'Admin', label: 'Admins', description: 'Administrators read full texts' },
  { value: 'Editor', label: 'Editors', description: 'Editors and administrators read full texts' },
  { value: 'Viewer', label: 'Viewers', description: 'Everyone with access to this data source reads full texts' },
];

type Props = DataSourcePluginOptionsEditorProps<HelpdeskSettings, HelpdeskSecrets>;

export function ConfigEditor({ options, onOptionsChange }: Props) {
  const id = useId();
  const { jsonData, secureJsonData = {}, secureJsonFields = {}, url, readOnly } = options;
  const urlIsWrong = url !== '' && !/^https?:\/\/[^/]/.test(url);
  const role = jsonData.fullRole ?? '';

  const setJson = (changes: Partial<HelpdeskSettings>) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, ...changes } });

  /** The props of a field for a secret: what it holds now, and how it is replaced. */
  const secret = (name: keyof HelpdeskSecrets) => ({
    id: `${id}-${name}`,
    disabled: readOnly,
    isConfigured: Boolean(secureJsonFields[name]),
    value: secureJsonData[name] ?? '',
    onChange: (e: React.FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onOptionsChange({ ...options, secureJsonData: { ...secureJsonData, [name]: e.currentTarget.value } }),
    onReset: () =>
      onOptionsChange({
        ...options,
        secureJsonFields: { ...secureJsonFields, [name]: false },
        secureJsonData: { ...secureJsonData, [name]: '' },
      }),
  });

  return (
    <>
      <FieldSet label="Connection">
        <Field
          label="URL"
          description="Where Grafana's server reaches the HTTP API of helpdesk-exporter"
          htmlFor={`${id}-url`}
          required
          invalid={urlIsWrong}
          error="The URL has to start with http:// or https://"
        >
          <Input
            id={`${id}-url`}
            data-testid={selectors.config.url}
            width={WIDTH}
            placeholder="http://localhost:9841"
            disabled={readOnly}
            value={url}
            onChange={(e) => onOptionsChange({ ...options, url: e.currentTarget.value.trim() })}
          />
        </Field>
        <Field
          label="Token"
          description="One of the exporter's api.tokens; it is stored encrypted and never sent to browsers"
          htmlFor={`${id}-token`}
          required
        >
          <SecretInput
            {...secret('token')}
            data-testid={selectors.config.token}
            width={WIDTH}
            autoComplete="off"
            placeholder="Token of the exporter's API"
          />
        </Field>
        <Field
          label="Timeout"
          description="Seconds Grafana waits for an answer; watching messages live has no limit"
          htmlFor={`${id}-timeout`}
        >
          <Input
            id={`${id}-timeout`}
            data-testid={selectors.config.timeout}
            type="number"
            min={1}
            step={1}
            width={20}
            suffix="seconds"
            placeholder={String(DEFAULT_TIMEOUT_SECONDS)}
            disabled={readOnly}
            value={jsonData.timeoutSeconds ?? ''}
            onChange={(e) => {
              const seconds = Math.round(Number(e.currentTarget.value));
              setJson({ timeoutSeconds: seconds > 0 ? seconds : undefined });
            }}
          />
        </Field>
      </FieldSet>

      <FieldSet label="Privacy">
        <Field
          label="Who reads full texts"
          description={
            'Texts reach Grafana masked: phone numbers, e-mail addresses, and the numbers of cards, CPF, CNPJ and IBAN are covered, customers\' names left out. ' +
            'Readers who have at least this role in the organization get the texts as they were written.'
          }
        >
          <div data-testid={selectors.config.fullRole}>
            <RadioButtonGroup
              aria-label="Who reads full texts"
              disabled={readOnly}
              options={roles}
              value={role}
              onChange={(fullRole) => setJson({ fullRole })}
            />
          </div>
        </Field>
        {role === '' ? (
          <Alert severity="info" title="All texts are masked">
            Nobody reads full texts through this data source, whatever their role is.
          </Alert>
        ) : (
          <Alert severity="warning" title={`${labelOf(role)} read personal data of customers`}>
            The token has to be allowed to read full texts as well. Alert rules, public dashboards and everyone below
            the role get masked texts.
          </Alert>
        )}
      </FieldSet>

      <FieldSet label="TLS">
        <Field
          label="Skip verification"
          description="Accept any certificate of the exporter. Somebody in between can then read the token and all texts; prefer a CA certificate."
          htmlFor={`${id}-skip-verify`}
        >
          <Switch
            id={`${id}-skip-verify`}
            data-testid={selectors.config.skipVerify}
            disabled={readOnly}
            value={jsonData.tlsSkipVerify ?? false}
            onChange={(e) => setJson({ tlsSkipVerify: e.currentTarget.checked })}
          />
        </Field>
        <Field
          label="Own CA certificate"
          description="Verify the exporter's certificate with a CA of your own"
          htmlFor={`${id}-with-ca`}
        >
          <Switch
            id={`${id}-with-ca`}
            data-testid={selectors.config.withCACert}
            disabled={readOnly}
            value={jsonData.tlsAuthWithCACert ?? false}
            onChange={(e) => setJson({ tlsAuthWithCACert: e.currentTarget.checked })}
          />
        </Field>
        {jsonData.tlsAuthWithCACert && (
          <Field label="CA certificate" htmlFor={`${id}-tlsCACert`}>
            <SecretTextArea
              {...secret('tlsCACert')}
              data-testid={selectors.config.caCert}
              cols={WIDTH}
              rows={6}
              placeholder="-----BEGIN CERTIFICATE-----"
            />
          </Field>
        )}
        <Field
          label="Client certificate"
          description="Show a certificate to the exporter"
          htmlFor={`${id}-client-auth`}
        >
          <Switch
            id={`${id}-client-auth`}
            data-testid={selectors.config.clientAuth}
            disabled={readOnly}
            value={jsonData.tlsAuth ?? false}
            onChange={(e) => setJson({ tlsAuth: e.currentTarget.checked })}
          />
        </Field>
        {jsonData.tlsAuth && (
          <>
            <Field label="Certificate" htmlFor={`${id}-tlsClientCert`}>
              <SecretTextArea
                {...secret('tlsClientCert')}
                data-testid={selectors.config.clientCert}
                cols={WIDTH}
                rows={6}
                placeholder="-----BEGIN CERTIFICATE-----"
              />
            </Field>
            <Field label="Key" htmlFor={`${id}-tlsClientKey`}>
              <SecretTextArea
                {...secret('tlsClientKey')}
                data-testid={selectors.config.clientKey}
                cols={WIDTH}
                rows={6}
                placeholder="-----BEGIN PRIVATE KEY-----"
              />
            </Field>
          </>
        )}
        <Field
          label="Server name"
          description="The name in the exporter's certificate, where it is not the one in the URL"
          htmlFor={`${id}-server-name`}
        >
          <Input
            id={`${id}-server-name`}
            data-testid={selectors.config.serverName}
            width={WIDTH}
            placeholder="helpdesk.example.com"
            disabled={readOnly}
            value={jsonData.serverName ?? ''}
            onChange={(e) => setJson({ serverName: e.currentTarget.value.trim() || undefined })}
          />
        </Field>
      </FieldSet>
    </>
  );
}

function labelOf(role: FullRole): string | undefined {
  return roles.find((r) => r.value === role)?.label;
}
