package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

type object = map[string]any

// document is the OpenAPI document (version 3.0.3), made from the table of endpoints
// and the types of the answers.
func document() []byte {
	schemas := object{}
	paths := object{}
	for i := range endpoints {
		e := &endpoints[i]
		var parameters []any
		for _, p := range e.parameters {
			parameters = append(parameters, parameterOf(p))
		}
		name := strings.NewReplacer("/", "_", "{", "", "}", "").Replace(strings.ToLower(e.method) + "_" + e.path)
		content := object{"application/json": object{"schema": schemaOf(reflect.TypeOf(e.result), schemas)}}
		if e.stream != nil {
			content = object{"text/event-stream": object{"schema": object{"type": "string", "description": "data of event message: " + reflect.TypeOf(e.result).Name()}}}
			schemaOf(reflect.TypeOf(e.result), schemas)
		}
		operation := object{
			"operationId": name, "summary": e.summary, "security": []any{object{"token": []string{}}},
			"description": "Needs the scope " + strings.TrimSuffix(e.scope+" or "+e.also, " or ") + ".",
			"responses": object{
				"200":     object{"description": "the answer", "content": content},
				"default": object{"description": "what is wrong", "content": object{"application/json": object{"schema": schemaOf(reflect.TypeFor[api.Failure](), schemas)}}},
			},
		}
		if parameters != nil {
			operation["parameters"] = parameters
		}
		if e.body != nil {
			operation["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": schemaOf(reflect.TypeOf(e.body), schemas)}}}
		}
		path, _ := paths[Prefix+e.path].(object)
		if path == nil {
			path = object{}
			paths[Prefix+e.path] = path
		}
		path[strings.ToLower(e.method)] = operation
	}
	b, err := json.MarshalIndent(object{
		"openapi": "3.0.3",
		"info": object{
			"title": "helpdesk-exporter", "version": "1", "license": object{"name": "Apache-2.0"},
			"description": "Conversations of a WhatsApp helpdesk. Fields are only ever added.",
		},
		"paths": paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "one of api.tokens"}},
		},
	}, "", "  ")
	if err != nil {
		panic(err) // of plain values
	}
	return append(b, '\n')
}

func parameterOf(p parameter) object {
	schema := object{"type": p.kind}
	if p.kind == "time" {
		schema["type"] = "string"
	}
	if p.words != nil {
		if schema["enum"] = p.words; p.kind == "boolean" {
			delete(schema, "enum")
		}
	}
	if p.list {
		schema = object{"type": "array", "items": schema, "maxItems": maxValues}
	}
	out := object{"name": p.name, "in": "query", "description": p.about, "schema": schema}
	if name, ok := strings.CutPrefix(p.name, "{"); ok {
		out["name"], out["in"], out["required"] = strings.TrimSuffix(name, "}"), "path", true
	}
	return out
}

// schemaOf is the schema of a type; structs are named.
func schemaOf(t reflect.Type, schemas object) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem(), schemas)
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), schemas)}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem(), schemas)}
	case t.Kind() == reflect.Struct:
		if schemas[t.Name()] == nil {
			s := object{"type": "object", "additionalProperties": false}
			schemas[t.Name()] = s
			properties, required := object{}, []string{}
			fieldsOf(t, schemas, properties, &required)
			s["properties"] = properties
			if slices.Sort(required); len(required) > 0 {
				s["required"] = required
			}
		}
		return object{"$ref": "#/components/schemas/" + t.Name()}
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	case t.Kind() == reflect.String:
		return object{"type": "string"}
	case t.Kind() == reflect.Float64:
		return object{"type": "number"}
	}
	return object{"type": "integer"}
}

func fieldsOf(t reflect.Type, schemas, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			fieldsOf(f.Type, schemas, properties, required)
			continue
		}
		properties[name] = schemaOf(f.Type, schemas)
		if options != "omitempty" {
			*required = append(*required, name)
		}
	}
}

// serveOpenAPI gives the document to anybody: it says nothing of the helpdesk.
func (a *API) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(a.openAPI)
}
