import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data';
import { from, map, type Observable } from 'rxjs';

import { VariableQueryEditor } from './components/VariableQueryEditor';
import type { HelpdeskDatasource } from './datasource';
import type { HelpdeskQuery, VariableQuery } from './types';

export class VariableSupport extends CustomVariableSupport<HelpdeskDatasource, VariableQuery> {
  editor = VariableQueryEditor;

  constructor(private readonly datasource: HelpdeskDatasource) {
    super();
    this.query = this.query.bind(this);
  }

  query(request: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    // A provisioned variable may hold its query as a bare label name.
    const query: VariableQuery | string = request.targets[0];
    return from(this.datasource.metricFindQuery(query)).pipe(map((data) => ({ data })));
  }

  getDefaultQuery(): Partial<HelpdeskQuery> {
    const query: Partial<VariableQuery> = { label: 'team' };
    // The declared type is that of panel queries, but what is returned fills the editor of a variable.
    return query as Partial<HelpdeskQuery>;
  }
}
