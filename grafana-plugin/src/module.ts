import { DataSourcePlugin } from '@grafana/data';

import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { HelpdeskDatasource } from './datasource';
import type { HelpdeskQuery, HelpdeskSecrets, HelpdeskSettings } from './types';

export const plugin = new DataSourcePlugin<HelpdeskDatasource, HelpdeskQuery, HelpdeskSettings, HelpdeskSecrets>(
  HelpdeskDatasource
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
