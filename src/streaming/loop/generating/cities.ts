export interface City {
  readonly cidade: string;
  /** Of the federation: two letters. */
  readonly estado: string;
  readonly idh: number;
  /** Degrees, south and west negative. */
  readonly latitude: number;
  readonly longitude: number;
}

/**
 * The capitals, the eight municipalities with the highest human development, Campinas, and the one with the lowest. The index is
 * the IDHM of 2010: PNUD, Ipea and Fundação João Pinheiro, Atlas do Desenvolvimento Humano no Brasil 2013. Coordinates are those of
 * github.com/kelvins/municipios-brasileiros.
 */
const ROWS: readonly (readonly [string, string, number, number, number])[] = [
  ['São Paulo', 'SP', 0.805, -23.5329, -46.6395],
  ['Rio de Janeiro', 'RJ', 0.799, -22.9129, -43.2003],
  ['Belo Horizonte', 'MG', 0.81, -19.9102, -43.9266],
  ['Brasília', 'DF', 0.824, -15.7795, -47.9297],
  ['Salvador', 'BA', 0.759, -12.9718, -38.5011],
  ['Fortaleza', 'CE', 0.754, -3.7166, -38.5423],
  ['Recife', 'PE', 0.772, -8.0467, -34.8771],
  ['Curitiba', 'PR', 0.823, -25.4195, -49.2646],
  ['Porto Alegre', 'RS', 0.805, -30.0318, -51.2065],
  ['Manaus', 'AM', 0.737, -3.1187, -60.0212],
  ['Belém', 'PA', 0.746, -1.4554, -48.4898],
  ['Goiânia', 'GO', 0.799, -16.6864, -49.2643],
  ['Florianópolis', 'SC', 0.847, -27.5945, -48.5477],
  ['Vitória', 'ES', 0.845, -20.3155, -40.3128],
  ['Natal', 'RN', 0.763, -5.7936, -35.1986],
  ['João Pessoa', 'PB', 0.763, -7.1151, -34.8641],
  ['Maceió', 'AL', 0.721, -9.666, -35.735],
  ['Aracaju', 'SE', 0.77, -10.9091, -37.0677],
  ['Teresina', 'PI', 0.751, -5.0919, -42.8034],
  ['São Luís', 'MA', 0.768, -2.5387, -44.2825],
  ['Campo Grande', 'MS', 0.784, -20.4486, -54.6295],
  ['Cuiabá', 'MT', 0.785, -15.601, -56.0974],
  ['Porto Velho', 'RO', 0.736, -8.7608, -63.8999],
  ['Rio Branco', 'AC', 0.727, -9.975, -67.8243],
  ['Boa Vista', 'RR', 0.752, 2.8238, -60.6753],
  ['Macapá', 'AP', 0.733, 0.0349, -51.0694],
  ['Palmas', 'TO', 0.788, -10.24, -48.3558],
  ['São Caetano do Sul', 'SP', 0.862, -23.6229, -46.5548],
  ['Águas de São Pedro', 'SP', 0.854, -22.5977, -47.8734],
  ['Balneário Camboriú', 'SC', 0.845, -26.9926, -48.6352],
  ['Santos', 'SP', 0.84, -23.9535, -46.335],
  ['Niterói', 'RJ', 0.837, -22.8832, -43.1034],
  ['Joaçaba', 'SC', 0.827, -27.1721, -51.5108],
  ['Campinas', 'SP', 0.805, -22.9053, -47.0659],
  ['Melgaço', 'PA', 0.418, -1.8032, -50.7149],
];

export const CITIES: readonly City[] = ROWS.map(([cidade, estado, idh, latitude, longitude]) => ({
  ...{ cidade, estado, idh, latitude, longitude },
}));
