-- Why somebody had one person compared; a reconciliation of everybody has its modes, which say why.

alter table reconciliations add column request_reason text not null default '';

---- create above / drop below ----

alter table reconciliations drop column request_reason;
